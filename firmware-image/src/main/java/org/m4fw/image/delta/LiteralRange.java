package org.m4fw.image.delta;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.image.verity.FsVerity;
import org.m4fw.image.verity.TreeShape;

/**
 * Consecutive literal blocks of a section of the new image.
 *
 * @param section its index
 * @param hashes what the section's tree says
 */
record LiteralRange(int section, LeafHashes hashes, long first, long count) {
  private static final int CHUNK_BLOCKS = Literals.CHUNK / TreeShape.BLOCK;

  /** All of an image, in the order in which they are in the delta. */
  static List<LiteralRange> of(ImageFile after, BlockMatch match) {
    List<LiteralRange> ranges = new ArrayList<>();
    for (int i = 0; i < after.manifest().sections().size(); i++) {
      for (BlockMatch.NewBlocks piece : match.newBlocks(i)) {
        ranges.add(new LiteralRange(i, match.hashes(i), piece.first(), piece.count()));
      }
    }
    return ranges;
  }

  /** The same in chunks of {@link Literals#CHUNK} bytes, ranges cut where a chunk ends. */
  static Iterator<List<LiteralRange>> chunks(List<LiteralRange> ranges) {
    return new Iterator<>() {
      private int next;
      private long within;

      @Override
      public boolean hasNext() {
        return next < ranges.size();
      }

      @Override
      public List<LiteralRange> next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        List<LiteralRange> chunk = new ArrayList<>();
        long room = CHUNK_BLOCKS;
        while (room > 0 && hasNext()) {
          LiteralRange range = ranges.get(next);
          long count = Math.min(room, range.count - within);
          chunk.add(new LiteralRange(range.section, range.hashes, range.first + within, count));
          room -= count;
          within += count;
          if (within == range.count) {
            next++;
            within = 0;
          }
        }
        return chunk;
      }
    };
  }

  /**
   * The bytes of a chunk, a section's last block filled up with zeros.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link ImageError#DATA_CORRUPT} if a block
   *     is not the one in the tree
   */
  static byte[] read(ImageFile after, List<LiteralRange> chunk) {
    long blocks = chunk.stream().mapToLong(LiteralRange::count).sum();
    byte[] bytes = new byte[(int) blocks * TreeShape.BLOCK];
    int at = 0;
    for (LiteralRange range : chunk) {
      at = range.copy(after, bytes, at);
    }
    return bytes;
  }

  private int copy(ImageFile after, byte[] target, int at) {
    Section stated = after.manifest().sections().get(section);
    long offset = first * TreeShape.BLOCK;
    int end = at + (int) count * TreeShape.BLOCK;
    long present = Math.min(end - at, stated.length() - offset);
    MemorySegment.copy(
        after.section(stated.id()).bytes(), offset, MemorySegment.ofArray(target), at, present);
    byte[] found = FsVerity.blockHashes(Arrays.copyOfRange(target, at, end), end - at);
    for (int block = 0; block < count; block++) {
      byte[] hash = Arrays.copyOfRange(found, block * TreeShape.HASH, (block + 1) * TreeShape.HASH);
      if (!hashes.matches(first + block, hash)) {
        throw ImageError.DATA_CORRUPT.at(
            after.path(), "section " + stated.id(), (first + block) * TreeShape.BLOCK);
      }
    }
    return end;
  }
}
