package org.m4fw.cli.pipeline;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.adapter.Interfaces;
import org.m4fw.adapter.contract.InterfaceJson;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.base.digest.Digest;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.image.ImageFile;
import org.m4fw.image.MappedSection;

/** The interfaces to adapters that something offers. */
public final class InterfaceSource {
  private InterfaceSource() {}

  /**
   * What an image, a checkpoint or an interface file offers; several for an image with several
   * components.
   *
   * @param id of the interface that a checkpoint is taken to implement, as it does not say so
   * @param version of that interface
   */
  public static List<InterfaceRecord> of(Path base, String id, SemanticVersion version) {
    if (Files.isRegularFile(base) && ImageFile.recognizes(base)) {
      try (ImageFile image = ImageFile.open(base)) {
        return image.sections().stream()
            .filter(section -> section.section().role().equals(SectionRole.INTERFACE.text()))
            .map(section -> parse(base, section))
            .toList();
      }
    }
    if (Files.isRegularFile(base) && startsAsJson(base)) {
      return List.of(InterfaceJson.read(base));
    }
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      return of(checkpoint, id, version).map(List::of).orElse(List.of());
    }
  }

  /** What a checkpoint offers under that name; empty if it takes no adapters. */
  static Optional<InterfaceRecord> of(Checkpoint checkpoint, String id, SemanticVersion version) {
    List<AttachmentPoint> points =
        ModelImporter.importModel(checkpoint).parts().values().stream()
            .flatMap(graph -> graph.attachmentPoints().stream())
            .toList();
    return points.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Interfaces.describe(
                id,
                version,
                points,
                checkpoint.file("tokenizer.json").map(file -> Digest.of(Bytes.of(file))),
                checkpoint.weightsDigest()));
  }

  private static InterfaceRecord parse(Path base, MappedSection section) {
    return InterfaceJson.parse(
        "%s: %s".formatted(base, section.section().id()),
        section.bytes().toArray(ValueLayout.JAVA_BYTE));
  }

  private static boolean startsAsJson(Path file) {
    byte[] bytes = Bytes.start(file, 1);
    return bytes.length == 1 && bytes[0] == '{';
  }
}
