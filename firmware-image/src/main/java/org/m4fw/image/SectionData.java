package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.m4fw.base.work.OrderedWork;

/**
 * The bytes of a section in pieces that fit into memory, whatever segments they come from. A piece
 * covers whole leaf blocks of the Merkle tree, except the last.
 */
final class SectionData {
  /** Four leaf blocks: 512 data blocks. Disks want large writes, memory large pages. */
  static final int PIECE = 2 << 20;

  private final List<MemorySegment> parts;
  private final long[] starts;
  private final long length;

  SectionData(List<MemorySegment> parts) {
    this.parts = parts;
    this.starts = new long[parts.size()];
    long at = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = at;
      at = Math.addExact(at, parts.get(i).byteSize());
    }
    this.length = at;
  }

  long length() {
    return length;
  }

  /** The indexes of the pieces. */
  Iterable<Integer> pieces() {
    int count = count(length);
    return () -> IntStream.range(0, count).iterator();
  }

  static int count(long length) {
    return Math.toIntExact((length + PIECE - 1) / PIECE);
  }

  /** A pool of threads for one piece is a waste. */
  static OrderedWork workers(OrderedWork work, long length) {
    return length <= PIECE ? OrderedWork.onThreads(1) : work;
  }

  static long offsetOf(int piece) {
    return (long) piece * PIECE;
  }

  /** Of a piece, in bytes. */
  int lengthOf(int piece) {
    return (int) Math.min(PIECE, length - offsetOf(piece));
  }

  /** A copy of a piece. */
  byte[] read(int piece) {
    byte[] bytes = new byte[lengthOf(piece)];
    read(offsetOf(piece), bytes, bytes.length);
    return bytes;
  }

  /** Copies bytes from an offset on. */
  void read(long offset, byte[] into, int count) {
    MemorySegment target = MemorySegment.ofArray(into);
    int done = 0;
    for (int part = partAt(offset); done < count; part++) {
      MemorySegment source = parts.get(part);
      long within = offset + done - starts[part];
      long now = Math.min(count - done, source.byteSize() - within);
      MemorySegment.copy(source, within, target, done, now);
      done += (int) now;
    }
  }

  /** The last part that begins at or before the offset. */
  private int partAt(long offset) {
    int found = Arrays.binarySearch(starts, offset);
    int part = found >= 0 ? found : -found - 2;
    while (part + 1 < starts.length && starts[part + 1] <= offset) {
      part++;
    }
    return part;
  }
}
