package org.m4fw.image.lazy;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLongArray;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.image.verity.TreeShape;

/**
 * A section whose bytes are verified when they are asked for, in blocks of 4096. The signatures of
 * the image are the caller's matter. Any number of threads may read; nobody may after the image was
 * closed.
 */
public final class VerifiedSection {
  private final ImageFile image;
  private final Section section;
  private final Mode mode;
  private final MemorySegment bytes;
  private final VerifiedLeaves leaves;

  /** A bit for each block that was verified; only used where a block is verified once. */
  private final AtomicLongArray verified;

  private VerifiedSection(ImageFile image, Section section, Mode mode) {
    this.image = image;
    this.section = section;
    this.mode = mode;
    this.bytes = image.section(section.id()).bytes();
    this.leaves = new VerifiedLeaves(image, section);
    long blocks = mode == Mode.SHARED ? TreeShape.of(section.length()).dataBlocks() : 0;
    this.verified = new AtomicLongArray(Math.toIntExact((blocks + Long.SIZE - 1) / Long.SIZE));
  }

  /**
   * Bytes in copies, each copy verified ({@link Mode#COPY}).
   *
   * @throws ProblemException with an {@link ImageError} if the upper levels of the tree are not
   *     what was signed
   */
  public static VerifiedSection copied(ImageFile image, String id) {
    return open(image, id, Mode.COPY);
  }

  /**
   * Bytes as they are mapped, each block verified once ({@link Mode#SHARED}).
   *
   * @throws ProblemException with {@link LazyError#NOT_EXCLUSIVE} if somebody else could change the
   *     file; with an {@link ImageError}
   */
  public static VerifiedSection shared(ImageFile image, String id) {
    ExclusiveFile.require(image.path());
    return open(image, id, Mode.SHARED);
  }

  private static VerifiedSection open(ImageFile image, String id, Mode mode) {
    try {
      return new VerifiedSection(image, image.section(id).section(), mode);
    } catch (InternalError e) {
      throw changed(image, e);
    }
  }

  public Section section() {
    return section;
  }

  public Mode mode() {
    return mode;
  }

  /** In bytes. */
  public long length() {
    return section.length();
  }

  /**
   * Verified bytes: the mapped ones, or a copy.
   *
   * <p>A mapped slice outlives this call. If the file is cut short later, reading the slice fails
   * with {@link InternalError}; a copy has no such trouble.
   *
   * @throws ProblemException with {@link ImageError#DATA_CORRUPT} or {@link
   *     ImageError#TREE_CORRUPT}; with {@link FileError#CHANGED} if the file was cut short
   */
  public MemorySegment slice(long offset, long length) {
    if (offset < 0 || length < 0 || length > section.length() - offset) {
      throw new IndexOutOfBoundsException(
          "%d bytes at %d of %d".formatted(length, offset, section.length()));
    }
    if (length == 0) {
      return MemorySegment.NULL.asReadOnly();
    }
    try {
      return mode == Mode.SHARED ? mapped(offset, length) : copy(offset, length);
    } catch (InternalError e) {
      throw changed(image, e);
    }
  }

  private MemorySegment mapped(long offset, long length) {
    long last = (offset + length - 1) / TreeShape.BLOCK;
    for (long block = offset / TreeShape.BLOCK; block <= last; block++) {
      int word = (int) (block / Long.SIZE);
      long bit = 1L << (block % Long.SIZE);
      if ((verified.get(word) & bit) == 0) {
        verifiedCopy(block);
        verified.accumulateAndGet(word, bit, (a, b) -> a | b);
      }
    }
    return bytes.asSlice(offset, length).asReadOnly();
  }

  private MemorySegment copy(long offset, long length) {
    byte[] target = new byte[Math.toIntExact(length)];
    for (long at = offset; at < offset + length; ) {
      long block = at / TreeShape.BLOCK;
      byte[] data = verifiedCopy(block);
      int within = (int) (at - block * TreeShape.BLOCK);
      int count = (int) Math.min(data.length - within, offset + length - at);
      System.arraycopy(data, within, target, (int) (at - offset), count);
      at += count;
    }
    return MemorySegment.ofArray(target).asReadOnly();
  }

  private byte[] verifiedCopy(long block) {
    long from = block * TreeShape.BLOCK;
    byte[] data = new byte[(int) Math.min(TreeShape.BLOCK, section.length() - from)];
    MemorySegment.copy(bytes, from, MemorySegment.ofArray(data), 0, data.length);
    if (!leaves.matches(block, data)) {
      throw ImageError.DATA_CORRUPT.at(image.path(), "section " + section.id(), from);
    }
    return data;
  }

  private static ProblemException changed(ImageFile image, InternalError e) {
    return new ProblemException(FileError.CHANGED.problem(image.path().toString(), ""), e);
  }
}
