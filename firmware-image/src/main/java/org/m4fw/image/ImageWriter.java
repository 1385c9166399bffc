package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.framing.ContainerFormat;
import org.m4fw.image.framing.ContainerLayout;
import org.m4fw.image.framing.Entry;
import org.m4fw.image.verity.TreeBuilder;
import org.m4fw.image.verity.TreeShape;

/**
 * Writes a container up to its signature. Names and lengths decide where everything goes ({@link
 * ContainerLayout}), so each input byte is read once, and hashed and written from the same copy: an
 * input that changes meanwhile cannot make an image that contradicts itself. What depends on the
 * digests, the framing and the envelope, is filled in by {@link UnsignedImage#complete}.
 *
 * <p>Memory does not grow with the sections but for 32 bytes per 512 KiB.
 */
public final class ImageWriter {
  private static final int WAITING = 2;
  private static final Digest ZERO = new Digest("0".repeat(64));

  private final OrderedWork work;
  private final Progress progress;

  public ImageWriter(OrderedWork work, Progress progress) {
    this.work = work;
    this.progress = progress;
  }

  /** What writing one section found out. */
  private record Written(int crc32, Digest fsv) {}

  /**
   * Writes the sections, in this order, beside {@code target}; nothing bears that name before the
   * image is signed. Close the result if it is not completed.
   *
   * @throws ProblemException with an {@link ImageError} if the draft or a section's name breaks a
   *     rule, with a {@link org.m4fw.base.file.FileError} if the file cannot be written
   */
  public UnsignedImage write(ImageDraft draft, List<SectionSource> sources, Path target) {
    return write(draft, sources, SectionEvidence.NONE, target);
  }

  /**
   * As the other method, with sections about the sections behind them.
   *
   * @param evidence asked twice: before anything is written, with digests of zero, to find out how
   *     long its sections will be, and when the digests are known
   */
  public UnsignedImage write(
      ImageDraft draft, List<SectionSource> sources, SectionEvidence evidence, Path target) {
    List<SectionSource> expected = new ArrayList<>(sources);
    expected.addAll(evidence.about(described(sources, Collections.nCopies(sources.size(), ZERO))));
    Manifest outline = outline(draft, expected, target.toString());
    OutputFile file = OutputFile.create(target);
    try {
      ContainerLayout layout = outline.derivedLayout();
      List<Written> written = new ArrayList<>(sections(layout, 0, sources, file));
      List<SectionSource> all = new ArrayList<>(sources);
      all.addAll(evidence.about(described(sources, written.stream().map(Written::fsv).toList())));
      checkSame(expected, all);
      written.addAll(
          sections(layout, sources.size(), all.subList(sources.size(), all.size()), file));
      List<Section> sections = sections(layout, all, written, treeChecksums(layout, file));
      Manifest manifest = Manifest.of(draft, outline.layout(), sections);
      return new UnsignedImage(file, manifest);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private static List<SectionEvidence.Described> described(
      List<SectionSource> sources, List<Digest> digests) {
    List<SectionEvidence.Described> described = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      SectionSource source = sources.get(i);
      described.add(new SectionEvidence.Described(source.spec(), source.length(), digests.get(i)));
    }
    return List.copyOf(described);
  }

  private static void checkSame(List<SectionSource> expected, List<SectionSource> found) {
    boolean same = expected.size() == found.size();
    for (int i = 0; same && i < found.size(); i++) {
      same =
          expected.get(i).spec().equals(found.get(i).spec())
              && expected.get(i).length() == found.get(i).length();
    }
    if (!same) {
      throw new IllegalStateException("evidence depends on digests in more than their digits");
    }
  }

  /**
   * The manifest with all digests still zero, in the smallest slot that will hold it; digests have
   * fixed widths, but for the CRCs' digits, for which the widest are assumed.
   */
  private static Manifest outline(ImageDraft draft, List<SectionSource> sources, String file) {
    for (long slot = draft.minimumSlot(); ; slot = Math.min(2 * slot, ContainerFormat.MAX_SLOT)) {
      ContainerLayout layout =
          ContainerLayout.of(
              draft.alignment().log2(),
              slot,
              sources.stream()
                  .map(
                      source ->
                          new ContainerLayout.Shape(
                              source.spec().id(), source.spec().name(), source.length()))
                  .toList());
      Written widest = new Written(-1, ZERO);
      List<Section> sections =
          sections(
              layout,
              sources,
              Collections.nCopies(sources.size(), widest),
              Collections.nCopies(sources.size(), -1));
      Manifest manifest = Manifest.of(draft, LayoutHints.of(layout), sections);
      ManifestRules.check(file, manifest);
      long payload = ManifestJson.bytes(file, manifest).length;
      if (base64Length(payload) + ContainerFormat.SIGNATURE_ROOM <= slot) {
        return manifest;
      }
      if (slot >= ContainerFormat.MAX_SLOT) {
        throw ImageError.MANIFEST_TOO_LARGE.at(
            file,
            "manifest",
            payload,
            (ContainerFormat.MAX_SLOT - ContainerFormat.SIGNATURE_ROOM) / 4 * 3);
      }
    }
  }

  private static long base64Length(long bytes) {
    return (bytes + 2) / 3 * 4;
  }

  private List<Written> sections(
      ContainerLayout layout, int first, List<SectionSource> sources, OutputFile file) {
    if (sources.isEmpty()) {
      return List.of();
    }
    long total = sources.stream().mapToLong(SectionSource::length).sum();
    List<Written> written = new ArrayList<>();
    try (Progress.Stage stage = progress.stage("write " + file.target().getFileName(), total);
        Staging staging = new Staging()) {
      for (int i = 0; i < sources.size(); i++) {
        written.add(
            section(
                layout.tree(first + i),
                layout.data(first + i),
                sources.get(i),
                file,
                staging,
                stage));
      }
    }
    return written;
  }

  private Written section(
      Entry tree,
      Entry data,
      SectionSource source,
      OutputFile file,
      Staging staging,
      Progress.Stage stage) {
    SectionData bytes = new SectionData(source.parts());
    TreeBuilder builder =
        new TreeBuilder(
            TreeShape.of(data.length()),
            (offset, part) -> file.write(tree.contentOffset() + offset, ByteBuffer.wrap(part)));
    Crc32Sum crc = new Crc32Sum();
    writers(bytes.length())
        .run(
            bytes.pieces(),
            piece -> write(bytes, piece, file, data.contentOffset(), staging),
            piece -> {
              crc.append(piece.crc(), piece.length());
              builder.append(piece.hashes());
              stage.advance(piece.length());
            });
    return new Written(crc.value(), builder.finish());
  }

  /** Some threads wait for the disk while as many as there are processors hash. */
  private OrderedWork writers(long length) {
    return SectionData.workers(OrderedWork.onThreads(work.threads() + WAITING), length);
  }

  private static PieceSum write(
      SectionData bytes, int piece, OutputFile file, long offset, Staging staging) {
    int length = bytes.lengthOf(piece);
    MemorySegment copy = staging.take(length);
    try {
      PieceSum sum =
          PieceSum.of(
              bytes,
              piece,
              (at, buffer, count) ->
                  MemorySegment.copy(buffer, 0, copy, ValueLayout.JAVA_BYTE, at, count));
      file.writeLarge(offset + SectionData.offsetOf(piece), copy.asSlice(0, length).asByteBuffer());
      return sum;
    } finally {
      staging.giveBack(copy);
    }
  }

  /** A tree is not written in order, so its CRC is taken from the file. */
  private static List<Integer> treeChecksums(ContainerLayout layout, OutputFile file) {
    List<Integer> checksums = new ArrayList<>();
    if (layout.entries().size() == 2) {
      return checksums;
    }
    try (MappedFile written = MappedFile.open(file.temporaryPath())) {
      for (int i = 0; 2 + 2 * i < layout.entries().size(); i++) {
        Entry tree = layout.tree(i);
        CRC32 crc = new CRC32();
        if (tree.length() > 0) {
          SectionData bytes =
              new SectionData(
                  List.of(written.segment().asSlice(tree.contentOffset(), tree.length())));
          bytes.pieces().forEach(piece -> crc.update(bytes.read(piece)));
        }
        checksums.add((int) crc.getValue());
      }
    }
    return checksums;
  }

  private static List<Section> sections(
      ContainerLayout layout,
      List<SectionSource> sources,
      List<Written> written,
      List<Integer> treeChecksums) {
    List<Section> sections = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      Entry data = layout.data(i);
      Entry tree = layout.tree(i);
      sections.add(
          new Section(
              sources.get(i).spec(),
              data.contentOffset(),
              data.length(),
              written.get(i).crc32(),
              written.get(i).fsv(),
              tree.contentOffset(),
              tree.length(),
              treeChecksums.get(i)));
    }
    return sections;
  }

  /** Writes the frame into a file that holds the sections already, or will. */
  static void frame(OutputFile file, Manifest manifest, Envelope envelope) {
    byte[] bytes = envelope.bytes();
    if (bytes.length > manifest.layout().envelopeSlot()) {
      throw ImageError.ENVELOPE_TOO_LARGE.at(
          file.target(), "envelope", bytes.length, manifest.layout().envelopeSlot());
    }
    new ContainerFrame(manifest, Digest.of(envelope.payload()), bytes)
        .visit((name, offset, piece) -> file.write(offset, ByteBuffer.wrap(piece)));
  }
}
