package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.m4fw.base.bytes.FileRanges;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;

/**
 * A container, its structure checked: header, envelope, manifest and every byte of framing are what
 * they have to be. A section or tree is mapped when it is asked for. Nothing is trusted yet:
 * whether the signatures count is the matter of the module {@code signing}; whether the sections
 * hold what the manifest says is that of {@link #verifyIntegrity}.
 */
public final class ImageFile implements AutoCloseable {
  private final FileRanges file;
  private final Manifest manifest;
  private final Envelope envelope;
  private final Digest imageId;

  private ImageFile(FileRanges file, StructureCheck.Result structure) {
    this.file = file;
    this.manifest = structure.manifest();
    this.envelope = structure.envelope();
    this.imageId = structure.imageId();
  }

  /**
   * Opens a container of any kind.
   *
   * @throws ProblemException with an {@link ImageError} or {@link FileError}; nothing else, for any
   *     bytes
   */
  public static ImageFile open(Path path) {
    FileRanges file = FileRanges.open(path);
    try {
      return new ImageFile(file, new StructureCheck(path.toString(), frame(file)).run());
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /** Opens a container of one kind. */
  public static ImageFile open(Path path, Kind kind) {
    ImageFile image = open(path);
    if (image.manifest().kind() != kind) {
      image.close();
      throw ImageError.WRONG_KIND.at(path, "", image.manifest().kind().text(), kind.text());
    }
    return image;
  }

  /** Whether the file begins as a container does; it may still be damaged. */
  public static boolean recognizes(Path path) {
    try (FileRanges file = FileRanges.open(path)) {
      return StructureCheck.hasMagic(frame(file));
    }
  }

  public Path path() {
    return file.path();
  }

  /** In bytes. */
  public long size() {
    return file.size();
  }

  public Manifest manifest() {
    return manifest;
  }

  public Envelope envelope() {
    return envelope;
  }

  /** What is signed, with its signatures. */
  public SignedManifest signedManifest() {
    return new SignedManifest(path().toString(), manifest, envelope, imageId);
  }

  /** The SHA-256 of the envelope's payload. */
  public Digest imageId() {
    return imageId;
  }

  /** All sections, in file order. */
  public List<MappedSection> sections() {
    return manifest.sections().stream().map(this::map).toList();
  }

  /**
   * A section by its id.
   *
   * @throws ProblemException with {@link ImageError#NO_SUCH_SECTION}
   */
  public MappedSection section(String id) {
    return find(id)
        .orElseThrow(
            () ->
                ImageError.NO_SUCH_SECTION.at(
                    path(),
                    id,
                    String.join(", ", manifest.sections().stream().map(Section::id).toList())));
  }

  public Optional<MappedSection> find(String id) {
    return manifest.section(id).map(this::map);
  }

  /** The Merkle tree of a section; the leaf level tells which blocks two images share. */
  public MemorySegment tree(Section section) {
    return file.map(section.treeOffset(), section.treeLength());
  }

  /**
   * Checks all sections against their digests, on all cores.
   *
   * @throws ProblemException with an {@link ImageError} that names section and offset
   */
  public void verifyIntegrity(Progress progress) {
    verifyIntegrity(manifest.sections(), OrderedWork.onAllCores(), progress);
  }

  /** As {@link #verifyIntegrity(Progress)} for some sections. */
  public void verifyIntegrity(List<Section> sections, OrderedWork work, Progress progress) {
    long total = sections.stream().mapToLong(Section::length).sum();
    try (Progress.Stage stage = progress.stage("verify " + path().getFileName(), total)) {
      sections.forEach(section -> guarded(() -> sectionCheck(section, work, stage).run()));
    }
  }

  /** Checks a section and hands on what was checked. */
  void check(Section section, OrderedWork work, Progress.Stage stage, Consumer<byte[]> verified) {
    guarded(() -> sectionCheck(section, work, stage).run(verified));
  }

  private SectionCheck sectionCheck(Section section, OrderedWork work, Progress.Stage stage) {
    return new SectionCheck(path(), map(section), tree(section), work, stage);
  }

  /** A file that was cut short makes reads of what is mapped fail. */
  private void guarded(Runnable check) {
    try {
      check.run();
    } catch (InternalError e) {
      throw new ProblemException(FileError.CHANGED.problem(path().toString(), ""), e);
    }
  }

  /** The ranges of the file that were mapped so far: sections, trees. */
  public List<FileRanges.Range> mapped() {
    return file.mapped();
  }

  /** The ranges of the file that were read so far without being mapped: the frame. */
  public List<FileRanges.Range> read() {
    return file.read();
  }

  /** The whole file. */
  MemorySegment segment() {
    return file.map(0, file.size());
  }

  private MappedSection map(Section section) {
    return new MappedSection(section, path(), () -> file.map(section.offset(), section.length()));
  }

  private static FrameSource frame(FileRanges file) {
    return new FrameSource() {
      @Override
      public long size() {
        return file.size();
      }

      @Override
      public MemorySegment slice(long offset, long length) {
        return MemorySegment.ofArray(file.read(offset, Math.toIntExact(length)));
      }
    };
  }

  @Override
  public void close() {
    file.close();
  }
}
