package org.m4fw.image;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.m4fw.base.file.FileError;
import org.m4fw.base.file.Storage;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;

/**
 * Puts a signed container together from its envelope and the bytes of its sections, wherever those
 * come from. Framing and trees are made anew, and every section has to have the digest that the
 * manifest states: nothing that the source gives is believed.
 *
 * <p>The container grows beside its place and gets its name when it is whole and durable. Every now
 * and then what is there is made durable and noted in a checkpoint from which the next run goes on;
 * it hashes again what it finds.
 */
public final class Assembly {
  /** In bytes. */
  public static final int PIECE = SectionData.PIECE;

  /** Between two checkpoints, in bytes, unless said otherwise. */
  public static final long INTERVAL = 256L << 20;

  private final SignedManifest image;
  private final Storage storage;
  private final long interval;
  private final OrderedWork work;
  private final Progress progress;

  /** Where the bytes of the sections come from. */
  public interface Source {
    /**
     * The bytes of a section in pieces of {@link #PIECE} bytes, the last one shorter. The pieces
     * are taken in order, on one thread; each is then read, or not, on any thread.
     *
     * @param section its index in the manifest
     */
    Iterator<Piece> pieces(int section);
  }

  /** A piece that can be read. */
  public interface Piece {
    /** Puts the bytes of the piece at the beginning of an array of {@link #PIECE} bytes. */
    void read(byte[] into);
  }

  /**
   * An assembly.
   *
   * @param image whose signatures the caller has checked
   * @param interval how many bytes may have to be done again after an interruption
   */
  public Assembly(
      SignedManifest image, Storage storage, long interval, OrderedWork work, Progress progress) {
    this.image = image;
    this.storage = storage;
    this.interval = interval;
    this.work = work;
    this.progress = progress;
  }

  /** The sections of another container as they are. */
  public static Source sectionsOf(ImageFile image) {
    return section -> {
      SectionData data = new SectionData(List.of(image.sections().get(section).bytes()));
      return IntStream.range(0, SectionData.count(data.length()))
          .<Piece>mapToObj(
              piece -> into -> data.read(SectionData.offsetOf(piece), into, data.lengthOf(piece)))
          .iterator();
    };
  }

  /**
   * Makes the container, or goes on where an earlier run was interrupted.
   *
   * @param source gives the sections from the first one on, each time that it is asked
   * @param name of the container in the storage
   * @throws ProblemException with {@link ImageError#ROOT_MISMATCH} or {@link
   *     ImageError#CRC_MISMATCH} if the sections are not what the manifest says; with whatever the
   *     source or the storage throws
   */
  public void run(Supplier<? extends Source> source, String name) {
    String part = partPrefix(name) + image.imageId().hex().substring(0, 16) + ".part";
    Checkpoint checkpoint = new Checkpoint(storage, part, image.imageId(), interval);
    long resumed = checkpoint.read();
    try {
      write(source.get(), part, checkpoint, resumed);
    } catch (ProblemException e) {
      if (!wrong(e)) {
        throw e;
      }
      // Nothing of it is of use. If a part was there from before, that may have been at fault.
      checkpoint.restart();
      if (resumed == 0) {
        throw e;
      }
      run(source, name);
      return;
    }
    storage.rename(part, name);
    storage.sync();
    checkpoint.remove();
  }

  /** How the names of what is unfinished begin, whichever image it is to be. */
  public static String partPrefix(String name) {
    return "." + name + ".";
  }

  private static boolean wrong(ProblemException e) {
    return !(e.problem().code() instanceof FileError) || e.problem().code() == FileError.CHANGED;
  }

  private void write(Source source, String part, Checkpoint checkpoint, long resumed) {
    Manifest manifest = image.manifest();
    long total = manifest.sections().stream().mapToLong(Section::length).sum();
    try (Storage.StoredFile file = storage.open(part);
        Progress.Stage stage = progress.stage("write " + image.manifest().product(), total)) {
      checkpoint.of(file);
      long before = 0;
      for (int i = 0; i < manifest.sections().size(); i++) {
        Section section = manifest.sections().get(i);
        new SectionAssembly(image.file(), section, file, checkpoint, before, resumed, stage)
            .run(source.pieces(i), work);
        before += section.length();
      }
      new ContainerFrame(manifest, image.imageId(), image.envelope().bytes())
          .visit((item, offset, bytes) -> file.write(offset, ByteBuffer.wrap(bytes)));
      file.force();
    }
  }
}
