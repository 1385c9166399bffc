package org.m4fw.cli.pipeline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.m4fw.base.json.Fields;
import tools.jackson.databind.node.ObjectNode;

/**
 * By what one sees, without reading it, that a file is still the same; or that a directory has
 * still the same entries.
 *
 * @param size in bytes; 0 for directories
 * @param modified in nanoseconds since 1970
 * @param identity the device's and the file's number, where the system has such
 */
record FileState(long size, long modified, String identity) {

  /** The state of a file or directory; empty if there is none. */
  static Optional<FileState> of(Path path) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return Optional.of(
          new FileState(
              attributes.isDirectory() ? 0 : attributes.size(),
              attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
              String.valueOf(attributes.fileKey())));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void put(ObjectNode node) {
    node.put("size", size).put("modified", Long.toString(modified)).put("identity", identity);
  }

  static FileState read(Fields fields) {
    return new FileState(
        fields.integer("size", 0, Long.MAX_VALUE),
        Long.parseLong(fields.string("modified")),
        fields.string("identity"));
  }
}
