package org.m4fw.image.delta;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Manifest;
import org.m4fw.image.Section;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.SignedImage;
import org.m4fw.image.UnsignedImage;

/**
 * Writes what makes one image from another. A delta is a container of the kind {@code delta}
 * without signatures. Its sections: {@code envelope}, that of the new image; {@code runs}, where
 * the blocks of each section come from, one {@link Run} after the other, in the order of the
 * manifest; {@code literals}, the blocks that the old image does not have ({@link Literals}). Trees
 * and framing are not in it, as they follow from the rest. The same images give the same bytes.
 */
public final class DeltaWriter {
  private static final String BINARY = "application/octet-stream";
  static final String ENVELOPE = "envelope";
  static final String RUNS = "runs";
  static final String LITERALS = "literals";

  private final OrderedWork work;
  private final Progress progress;

  public DeltaWriter(OrderedWork work, Progress progress) {
    this.work = work;
    this.progress = progress;
  }

  /**
   * What was written.
   *
   * @param newBytes of the new image's sections that the old image does not have, whole blocks
   */
  public record Written(SignedImage delta, long newBytes) {}

  /**
   * Writes a delta. Each literal block is held against the new image's tree; copied blocks are not
   * looked at, as who applies the delta does that.
   *
   * @throws ProblemException with an {@link org.m4fw.image.ImageError} if one of the images is
   *     damaged where that is seen
   */
  public Written write(ImageFile before, ImageFile after, Path target) {
    BlockMatch match = BlockMatch.between(before, after);
    List<Integer> sources = sources(match, after);
    List<LiteralRange> ranges = LiteralRange.of(after, match);
    long newBytes = ranges.stream().mapToLong(LiteralRange::count).sum() * BlockMatch.blockSize();
    try (OutputFile literals = OutputFile.scratch("delta")) {
      pack(after, ranges, newBytes, literals);
      try (MappedFile packed = MappedFile.open(literals.temporaryPath());
          UnsignedImage delta =
              new ImageWriter(work, progress)
                  .write(
                      draft(before, after, sources),
                      List.of(
                          section(ENVELOPE, "envelope.json", "application/json", envelope(after)),
                          section(RUNS, "runs.bin", BINARY, runs(match, after, sources)),
                          section(LITERALS, "literals.bin", BINARY, packed.segment())),
                      target)) {
        Envelope unsigned = Envelope.of(Kind.DELTA.payloadType(), delta.payload(), List.of());
        return new Written(delta.complete(unsigned), newBytes);
      }
    }
  }

  /** The sections of the old image that are copied from, ascending. */
  private static List<Integer> sources(BlockMatch match, ImageFile after) {
    TreeSet<Integer> sources = new TreeSet<>();
    for (int i = 0; i < after.manifest().sections().size(); i++) {
      match.runs(i).stream().filter(run -> !run.literal()).map(Run::source).forEach(sources::add);
    }
    return List.copyOf(sources);
  }

  private void pack(ImageFile after, List<LiteralRange> ranges, long length, OutputFile literals) {
    try (Progress.Stage stage = progress.stage("pack new blocks", length)) {
      Iterator<List<LiteralRange>> chunks = LiteralRange.chunks(ranges);
      work.<List<LiteralRange>, byte[]>run(
          () -> chunks,
          chunk -> Literals.pack(LiteralRange.read(after, chunk)),
          packed -> {
            literals.append(packed);
            stage.advance(Literals.CHUNK);
          });
    }
  }

  private static byte[] envelope(ImageFile after) {
    return after.envelope().bytes();
  }

  private static MemorySegment runs(BlockMatch match, ImageFile after, List<Integer> sources) {
    ByteArrayOutputStream runs = new ByteArrayOutputStream();
    for (int i = 0; i < after.manifest().sections().size(); i++) {
      for (Run run : match.runs(i)) {
        int source = run.literal() ? Run.LITERAL : Collections.binarySearch(sources, run.source());
        runs.writeBytes(new Run(source, run.count(), run.first()).encode());
      }
    }
    return MemorySegment.ofArray(runs.toByteArray());
  }

  private static SectionSource section(String id, String name, String media, byte[] bytes) {
    return section(id, name, media, MemorySegment.ofArray(bytes));
  }

  private static SectionSource section(String id, String name, String media, MemorySegment bytes) {
    return SectionSource.of(new SectionSpec(id, "delta-" + id, "", List.of(), media, name), bytes);
  }

  private static ImageDraft draft(ImageFile before, ImageFile after, List<Integer> sources) {
    List<DeltaContent.Source> copied = new ArrayList<>();
    for (Integer index : sources) {
      Section section = before.manifest().sections().get(index);
      copied.add(new DeltaContent.Source(section.id(), section.fsv(), section.length()));
    }
    Manifest manifest = after.manifest();
    return new ImageDraft(
        Kind.DELTA,
        manifest.product(),
        manifest.version(),
        manifest.build(),
        manifest.rollback(),
        List.of(),
        manifest.development(),
        manifest.created(),
        new DeltaContent(before.imageId(), after.imageId(), copied).node(),
        ImageDraft.Alignment.KIB_16,
        ImageDraft.SMALL_SLOT);
  }
}
