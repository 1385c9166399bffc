package org.m4fw.adapter.pack;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.adapter.answer.KnownAnswer;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.contract.CarriedScores;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.ort.OnnxAdapterReader;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.Fields;
import org.m4fw.base.progress.Progress;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.image.MappedSection;

/**
 * A package, opened and checked: structure, digests, the weights against the manifest, the runtime
 * forms against the weights. Whether its signatures count is the matter of the module {@code
 * signing}.
 */
public final class AdapterPackage implements AutoCloseable {
  private final ImageFile image;
  private final PackageContent content;
  private final PackagePayload payload;
  private final List<KnownAnswer> answers;

  private AdapterPackage(
      ImageFile image, PackageContent content, PackagePayload payload, List<KnownAnswer> answers) {
    this.image = image;
    this.content = content;
    this.payload = payload;
    this.answers = List.copyOf(answers);
  }

  /** Whether a file is a container; of which kind, and whether it is whole, {@link #open} tells. */
  public static boolean recognises(Path file) {
    return ImageFile.recognizes(file);
  }

  /**
   * Opens a package and reads all of it.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PackageError} or an error of the
   *     container, the weights or the forms
   */
  public static AdapterPackage open(Path file) {
    ImageFile image = ImageFile.open(file, Kind.ADAPTER);
    try {
      image.verifyIntegrity(Progress.silent());
      PackageContent content = content(image);
      PackagePayload payload = PackageWeights.of(image, content).payload();
      for (MappedSection section : image.sections()) {
        if (section.section().role().equals(PackageWriter.ONNX_ROLE)) {
          FormCheck.check(
              file,
              section.section().id(),
              payload,
              OnnxAdapterReader.read(file, section.offset(), section.bytes()));
        } else if (section.section().role().equals(PackageWriter.LITE_ROLE)) {
          FormCheck.checkLite(
              file, section.section().id(), payload, section.bytes(), section.offset());
        }
      }
      return new AdapterPackage(image, content, payload, answers(image, content));
    } catch (RuntimeException | Error e) {
      image.close();
      throw e;
    }
  }

  /**
   * What a package claims by its manifest and the headers of its weights. Neither digests nor
   * values are looked at, which is enough to sort out what cannot fit, and quick.
   *
   * @param image an open container of kind ADAPTER
   * @throws org.m4fw.base.problem.ProblemException with a {@link PackageError} or an error of the
   *     weights
   */
  public static AdapterClaim claimOf(ImageFile image) {
    PackageContent content = content(image);
    return PackageWeights.of(image, content).claim();
  }

  /** Which package an open one was carried over from, if it was. */
  public static Optional<Digest> carriedFrom(ImageFile image) {
    return content(image).carried().map(PackageContent.Carried::from);
  }

  /** How an open one did when it was carried over, if that was measured. */
  public static Optional<CarriedScores> carriedScores(ImageFile image) {
    return content(image).carried().flatMap(PackageContent.Carried::scores);
  }

  private static PackageContent content(ImageFile image) {
    return PackageContentJson.read(Fields.of(image.path().toString(), image.manifest().content()));
  }

  private static List<KnownAnswer> answers(ImageFile image, PackageContent content) {
    Optional<MappedSection> section = image.find(KnownAnswers.SECTION);
    boolean bound = !content.base().builds().isEmpty();
    if (section.isPresent() != content.answerLimit().isPresent() || section.isPresent() != bound) {
      throw PackageError.ANSWERS_MISSING.at(image.path(), KnownAnswers.SECTION);
    }
    return section
        .map(found -> KnownAnswers.read(image.path(), found.offset(), found.bytes()))
        .orElse(List.of());
  }

  /** In reverse-DNS form. */
  public String id() {
    return image.manifest().product();
  }

  public String version() {
    return image.manifest().version();
  }

  /** The identity of these very bytes, signatures apart. */
  public Digest imageId() {
    return image.imageId();
  }

  /** The fs-verity digest of its weights, which binding and carrying statements leave as it is. */
  public Digest weightsDigest() {
    return PackageWriter.weightsDigest(image.manifest());
  }

  public PackageContent content() {
    return content;
  }

  /** What it answered when it was bound; empty if it never was. */
  public List<KnownAnswer> answers() {
    return answers;
  }

  /** The container that it is, for whoever checks signatures. */
  public ImageFile image() {
    return image;
  }

  /** What it says towards an interface. */
  public AdapterClaim claim() {
    return payload.claim(Optional.of(content.base()));
  }

  /** Its trained numbers; valid until the package is closed. */
  public PackagePayload payload() {
    return payload;
  }

  /**
   * Its matrices; valid until the package is closed.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link PackageError#NOT_LORA}
   */
  public LoraAdapter lora() {
    return switch (payload) {
      case PackagePayload.Lora(LoraAdapter lora) -> lora;
      case PackagePayload.Prompt prompt ->
          throw PackageError.NOT_LORA.at(image.path(), "", content.method().kind().id());
    };
  }

  /** The statement of how well it works that came with it, if one did. */
  public Optional<MemorySegment> evaluation() {
    return image.find(PackageWriter.EVALUATION).map(MappedSection::bytes);
  }

  @Override
  public void close() {
    image.close();
  }
}
