package org.m4fw.cli.inspect;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.cli.console.TextTable;
import org.m4fw.image.Manifest;
import org.m4fw.image.RequiredSignature;
import org.m4fw.image.Section;
import org.m4fw.signing.SigningRequest;

/** Says in words what a signature would be given to, for whoever gives it. */
public final class RequestDescription {
  private RequestDescription() {}

  /** Every fact that the payload states, but the content that only programs read. */
  public static List<String> lines(SigningRequest request) {
    Manifest manifest = request.manifest();
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s %s %s build %s%s"
            .formatted(
                manifest.kind().text(),
                manifest.product(),
                manifest.version(),
                manifest.build(),
                manifest.development() ? ", a DEVELOPMENT BUILD" : ""));
    lines.add("  image id %s".formatted(request.imageId()));
    lines.add(
        "  rollback %s index %s"
            .formatted(manifest.rollback().domain(), manifest.rollback().index()));
    manifest
        .created()
        .ifPresent(seconds -> lines.add("  created %s seconds after 1970".formatted(seconds)));
    for (RequiredSignature required : manifest.requiredSignatures()) {
      lines.add(
          "  asks for %s %s signature%s by %s keys"
              .formatted(
                  required.threshold(),
                  required.algorithmClass().text(),
                  required.threshold() == 1 ? "" : "s",
                  required.role()));
    }
    TextTable table = new TextTable("  section", "role", "targets", ">bytes", "fs-verity digest");
    for (Section section : manifest.sections()) {
      table.row(
          "  " + section.id(),
          section.role(),
          String.join(" ", section.targets()),
          Long.toString(section.length()),
          section.fsv().hex());
    }
    lines.addAll(table.lines());
    return lines;
  }
}
