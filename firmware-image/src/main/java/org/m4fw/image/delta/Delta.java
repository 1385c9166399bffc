package org.m4fw.image.delta;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Assembly;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Section;
import org.m4fw.image.SignedManifest;
import org.m4fw.image.verity.TreeShape;

/**
 * A delta, all of it checked that can be without the old image: its own digests, its runs, the
 * frame of its literals. The signatures of the new image are in {@link #result} and are the
 * caller's matter; only they make anything here worth believing.
 */
public final class Delta implements AutoCloseable {
  private final ImageFile container;
  private final DeltaContent content;
  private final SignedManifest result;
  private final MemorySegment runs;
  private final Literals literals;

  private Delta(
      ImageFile container,
      DeltaContent content,
      SignedManifest result,
      MemorySegment runs,
      Literals literals) {
    this.container = container;
    this.content = content;
    this.result = result;
    this.runs = runs;
    this.literals = literals;
  }

  /**
   * Opens a delta.
   *
   * @throws ProblemException with a {@link DeltaError}, an {@link org.m4fw.image.ImageError} or a
   *     {@link org.m4fw.base.file.FileError}; nothing else, for any bytes
   */
  public static Delta open(Path path, Progress progress) {
    ImageFile container = ImageFile.open(path, Kind.DELTA);
    try {
      sections(container);
      container.verifyIntegrity(progress);
      return read(container);
    } catch (RuntimeException | Error e) {
      container.close();
      throw e;
    }
  }

  private static void sections(ImageFile container) {
    List<String> expected = List.of(DeltaWriter.ENVELOPE, DeltaWriter.RUNS, DeltaWriter.LITERALS);
    List<String> found = container.manifest().sections().stream().map(Section::id).toList();
    if (!found.equals(expected)) {
      throw DeltaError.DELTA_SECTIONS.at(
          container.path(), "", String.join(", ", found), String.join(", ", expected));
    }
  }

  private static Delta read(ImageFile container) {
    String file = container.path().toString();
    DeltaContent content = DeltaContent.parse(file, container.manifest().content());
    byte[] envelope =
        container.section(DeltaWriter.ENVELOPE).bytes().toArray(ValueLayout.JAVA_BYTE);
    SignedManifest result = SignedManifest.read(file, Kind.IMAGE, envelope);
    if (!result.imageId().equals(content.result())) {
      throw DeltaError.RESULT_ID.at(file, "envelope", result.imageId(), content.result());
    }
    MemorySegment runs = container.section(DeltaWriter.RUNS).bytes();
    long blocks = RunReader.check(file, runs, content.sources(), result.manifest().sections());
    Literals literals =
        Literals.read(
            file, container.section(DeltaWriter.LITERALS).bytes(), blocks * TreeShape.BLOCK);
    return new Delta(container, content, result, runs, literals);
  }

  public Path path() {
    return container.path();
  }

  /** Manifest and signatures of the image that this makes. */
  public SignedManifest result() {
    return result;
  }

  /** The image that it was made from. */
  public Digest base() {
    return content.base();
  }

  /**
   * What the new image consists of.
   *
   * @throws ProblemException with {@link DeltaError#WRONG_BASE} if the old image does not have what
   *     is copied from it
   */
  public Assembly.Source from(ImageFile old) {
    List<MappedSection> sources = new ArrayList<>();
    for (DeltaContent.Source source : content.sources()) {
      sources.add(find(old, source));
    }
    List<MemorySegment> bytes = sources.stream().map(MappedSection::bytes).toList();
    return new DeltaSource(
        result.manifest().sections(),
        new RunReader(path().toString(), runs, content.sources()),
        bytes,
        literals);
  }

  private static MappedSection find(ImageFile old, DeltaContent.Source source) {
    return old.sections().stream()
        .filter(section -> section.section().fsv().equals(source.fsv()))
        .filter(section -> section.length() == source.length())
        .findFirst()
        .orElseThrow(() -> DeltaError.WRONG_BASE.at(old.path(), "", source.id(), source.fsv()));
  }

  /** Reads all literals, to see that they can be unpacked; for tests of hostile deltas. */
  void unpackAll(OrderedWork work) {
    work.run(literals.chunks(), literals::chunk, chunk -> {});
  }

  @Override
  public void close() {
    container.close();
  }
}
