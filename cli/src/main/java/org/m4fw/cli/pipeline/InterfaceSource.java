package org.m4fw.cli.pipeline;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.m4fw.adapter.Interfaces;
import org.m4fw.adapter.contract.InterfaceJson;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.base.digest.Digest;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.image.ImageFile;
import org.m4fw.image.MappedSection;

/** The interfaces to adapters that something offers. */
public final class InterfaceSource {
  /** What says how inputs become what the graph takes, apart from the tokenizer. */
  private static final List<String> INPUT_FILES =
      List.of("merges.txt", "preprocessor_config.json", "vocab.json", "vocab.txt");

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
        return offers(image).stream().map(Offer::record).toList();
      }
    }
    if (Files.isRegularFile(base) && startsAsJson(base)) {
      return List.of(InterfaceJson.read(base));
    }
    try (Checkpoint checkpoint = Checkpoint.open(base)) {
      Model model = ModelImporter.importModel(checkpoint);
      return of(checkpoint, model, id, version, weight -> true).map(List::of).orElse(List.of());
    }
  }

  /** What one component of an image offers. */
  public record Offer(String component, InterfaceRecord record) {}

  /** What the components of an image offer. */
  public static List<Offer> offers(ImageFile image) {
    return image.sections().stream()
        .filter(section -> section.section().role().equals(SectionRole.INTERFACE.text()))
        .map(section -> new Offer(section.section().module(), parse(image.path(), section)))
        .toList();
  }

  /** What a component of an image offers; it has to offer something. */
  public static InterfaceRecord offer(ImageFile image, String component) {
    return offers(image).stream()
        .filter(offer -> offer.component().equals(component))
        .map(Offer::record)
        .findFirst()
        .orElseThrow();
  }

  /**
   * The component that offers an interface.
   *
   * @throws org.m4fw.base.problem.ProblemException if the image has none
   */
  public static String component(ImageFile image, String interfaceId) {
    return offers(image).stream()
        .filter(offer -> offer.record().id().equals(interfaceId))
        .map(Offer::component)
        .findFirst()
        .orElseThrow(() -> PipelineError.NO_SUCH_OFFER.at(image.path(), "", interfaceId));
  }

  /**
   * What a checkpoint offers under that name; empty if it takes no adapters.
   *
   * @param replaceable whether a weight can be replaced in its graphs as they are delivered
   */
  static Optional<InterfaceRecord> of(
      Checkpoint checkpoint,
      Model model,
      String id,
      SemanticVersion version,
      Predicate<String> replaceable) {
    SortedMap<String, Digest> files = new TreeMap<>();
    for (String name : INPUT_FILES) {
      checkpoint.file(name).ifPresent(file -> files.put(name, Digest.of(Bytes.of(file))));
    }
    return Interfaces.describe(
        id,
        version,
        model,
        new Interfaces.Base(
            checkpoint.file("tokenizer.json").map(file -> Digest.of(Bytes.of(file))),
            files,
            checkpoint.weightsDigest(),
            replaceable));
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
