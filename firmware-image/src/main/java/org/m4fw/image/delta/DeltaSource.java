package org.m4fw.image.delta;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.m4fw.image.Assembly;
import org.m4fw.image.Section;
import org.m4fw.image.verity.TreeShape;

/**
 * The sections of a new image, out of an old one and literals. One use only, and the sections one
 * after the other, as runs and literals are read in order.
 */
final class DeltaSource implements Assembly.Source {
  private final List<Section> sections;
  private final RunReader runs;
  private final List<MemorySegment> sources;
  private final Literals literals;
  private long literalBlock;

  DeltaSource(
      List<Section> sections, RunReader runs, List<MemorySegment> sources, Literals literals) {
    this.sections = sections;
    this.runs = runs;
    this.sources = sources;
    this.literals = literals;
  }

  @Override
  public Iterator<Assembly.Piece> pieces(int section) {
    long length = sections.get(section).length();
    return new Iterator<>() {
      private long at;

      @Override
      public boolean hasNext() {
        return at < length;
      }

      @Override
      public Assembly.Piece next() {
        int bytes = (int) Math.min(Assembly.PIECE, length - at);
        at += bytes;
        List<Run> taken = runs.take(TreeShape.of(bytes).dataBlocks());
        long firstLiteral = literalBlock;
        int literal = taken.stream().filter(Run::literal).mapToInt(Run::count).sum();
        literalBlock += literal;
        return into -> read(taken, into, bytes, firstLiteral * TreeShape.BLOCK, literal);
      }
    };
  }

  private void read(List<Run> taken, byte[] bytes, int length, long literalAt, int literalBlocks) {
    byte[] unpacked = literals.read(literalAt, literalBlocks * TreeShape.BLOCK);
    int at = 0;
    int used = 0;
    for (Run run : taken) {
      int size = Math.min(run.count() * TreeShape.BLOCK, length - at);
      if (run.literal()) {
        System.arraycopy(unpacked, used, bytes, at, size);
        used += run.count() * TreeShape.BLOCK;
      } else {
        copy(sources.get(run.source()), run.first() * TreeShape.BLOCK, bytes, at, size);
      }
      at += size;
    }
  }

  /** What lies beyond the source, in its last block, is zeros. */
  private static void copy(MemorySegment source, long offset, byte[] target, int at, int size) {
    long present = Math.min(size, source.byteSize() - offset);
    MemorySegment.copy(source, offset, MemorySegment.ofArray(target), at, present);
    Arrays.fill(target, (int) (at + present), at + size, (byte) 0);
  }
}
