package org.m4fw.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.m4fw.image.verity.TreeShape;

/** Memory for pieces on their way to the disk, used again and again: no more than are under way. */
final class Staging implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final ConcurrentLinkedQueue<MemorySegment> free = new ConcurrentLinkedQueue<>();

  /** Room for a piece; a whole one's begins where a block of a disk may. */
  MemorySegment take(int length) {
    if (length < SectionData.PIECE) {
      return MemorySegment.ofArray(new byte[length]);
    }
    @Nullable MemorySegment used = free.poll();
    return used == null ? arena.allocate(SectionData.PIECE, TreeShape.BLOCK) : used;
  }

  void giveBack(MemorySegment piece) {
    if (piece.isNative()) {
      free.add(piece);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
