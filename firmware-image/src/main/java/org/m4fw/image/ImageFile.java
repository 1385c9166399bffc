package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;

/**
 * A container, mapped, its structure checked: header, envelope, manifest and every byte of framing
 * are what they have to be. Nothing is trusted yet: whether the signatures count is the matter of
 * the module {@code signing}; whether the sections hold what the manifest says is that of {@link
 * #verifyIntegrity}.
 */
public final class ImageFile implements AutoCloseable {
  private final MappedFile file;
  private final Manifest manifest;
  private final Envelope envelope;
  private final Digest imageId;

  private ImageFile(MappedFile file, StructureCheck.Result structure) {
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
    MappedFile file = MappedFile.open(path);
    try {
      return new ImageFile(file, new StructureCheck(path.toString(), file.segment()).run());
    } catch (InternalError e) {
      file.close();
      throw new ProblemException(FileError.CHANGED.problem(path.toString(), ""), e);
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
    try (MappedFile file = MappedFile.open(path)) {
      return StructureCheck.hasMagic(file.segment());
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
    return slice(section.treeOffset(), section.treeLength());
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
      sections.forEach(section -> check(section, work, stage, piece -> {}));
    }
  }

  /** Checks a section and hands on what was checked. */
  void check(Section section, OrderedWork work, Progress.Stage stage, Consumer<byte[]> verified) {
    try {
      new SectionCheck(path(), map(section), tree(section), work, stage).run(verified);
    } catch (InternalError e) {
      throw new ProblemException(FileError.CHANGED.problem(path().toString(), ""), e);
    }
  }

  /** The whole file. */
  MemorySegment segment() {
    return file.segment();
  }

  private MappedSection map(Section section) {
    return new MappedSection(
        section,
        path(),
        section.offset(),
        section.length(),
        slice(section.offset(), section.length()));
  }

  private MemorySegment slice(long offset, long length) {
    return file.segment().asSlice(offset, length);
  }

  @Override
  public void close() {
    file.close();
  }
}
