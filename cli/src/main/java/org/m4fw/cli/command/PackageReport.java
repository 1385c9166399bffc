package org.m4fw.cli.command;

import java.nio.file.Path;
import org.m4fw.cli.console.Json;
import org.m4fw.image.SignedImage;
import tools.jackson.databind.node.ObjectNode;

/** What every command that writes a package says of it. */
record PackageReport(Path file, SignedImage signed) {

  /** A line that begins with the file, for more to follow. */
  String title() {
    return "%s: %s %s".formatted(file, signed.manifest().product(), signed.manifest().version());
  }

  /** The id that statements name it by. */
  String imageId() {
    return "image id " + signed.imageId();
  }

  /** The same for programs, for more to follow. */
  ObjectNode json() {
    return Json.object()
        .put("file", file.toString())
        .put("id", signed.manifest().product())
        .put("version", signed.manifest().version())
        .put("image_id", signed.imageId().toString())
        .put("size", signed.manifest().layout().fileSize());
  }
}
