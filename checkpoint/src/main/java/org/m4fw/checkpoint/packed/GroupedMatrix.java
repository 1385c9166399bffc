package org.m4fw.checkpoint.packed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * A matrix as GPTQ's and AWQ's tools pack it, all transposed: integers of 32 bits that hold codes
 * of {@code bits} bits, lowest first,
 *
 * <pre>
 * qweight   GPTQ: I32 [K · bits / 32, N], codes of consecutive columns k in one integer
 *           AWQ:  I32 [K, N / 8], codes of rows n in the order 0 2 4 6 1 3 5 7
 * qzeros    I32 [groups, N · bits / 32], packed along N (AWQ: in its order)
 * scales    F16 [groups, N]
 * g_idx     I32 [K], the group of each column (GPTQ; without it, k / group size)
 * w[n, k] = (code − zero) · scale, where GPTQ's first format stores zero − 1
 * </pre>
 *
 * Source: AutoGPTQ's {@code qlinear_cuda_old.py}, AutoAWQ's {@code gemm.py}.
 */
public final class GroupedMatrix implements PackedMatrix {
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort F16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The place of row 8i + j in AWQ's integer i. */
  private static final int[] AWQ_PLACE = {0, 4, 1, 5, 2, 6, 3, 7};

  /** How codes are packed. */
  public enum Packing {
    /** Zero points are stored less one. */
    GPTQ,
    GPTQ_V2,
    AWQ
  }

  /** What a matrix is made of; sizes have been checked. */
  public record Parts(
      Packing packing,
      int bits,
      int rows,
      int columns,
      int groupSize,
      MemorySegment codes,
      MemorySegment zeros,
      MemorySegment scales) {}

  private final Parts parts;
  private final int[] groups;
  private final int perInteger;
  private final int mask;
  private final Optional<Blocks> blocks;

  /**
   * A matrix.
   *
   * @param groups the group of each column, checked
   */
  public GroupedMatrix(Parts parts, int[] groups) {
    this.parts = parts;
    this.groups = groups.clone();
    this.perInteger = 32 / parts.bits();
    this.mask = (1 << parts.bits()) - 1;
    this.blocks = findBlocks();
  }

  @Override
  public long rows() {
    return parts.rows();
  }

  @Override
  public int columns() {
    return parts.columns();
  }

  @Override
  public Optional<Blocks> blocks() {
    return blocks;
  }

  /** Whether columns are in groups of another order than their own. */
  public boolean reordered() {
    for (int k = 0; k < parts.columns(); k++) {
      if (groups[k] != k / parts.groupSize()) {
        return true;
      }
    }
    return false;
  }

  private Optional<Blocks> findBlocks() {
    int size =
        Arrays.stream(new int[] {128, 64, 32})
            .filter(block -> parts.groupSize() % block == 0)
            .filter(block -> parts.columns() % block == 0)
            .findFirst()
            .orElse(0);
    if (parts.bits() != 4 || size == 0 || reordered()) {
      return Optional.empty();
    }
    boolean symmetric = true;
    int count = Math.ceilDiv(parts.columns(), parts.groupSize());
    for (int group = 0; group < count; group++) {
      for (int row = 0; row < parts.rows(); row++) {
        int zero = zero(group, row);
        symmetric &= zero == 8;
        if (zero > 15) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(new Blocks(size, symmetric));
  }

  @Override
  public void codes(long row, byte[] codes, short[] scales, byte[] zeros) {
    int n = (int) row;
    int block = blocks.orElseThrow().size();
    for (int k = 0; k < parts.columns(); k++) {
      codes[k] = (byte) code(n, k);
    }
    for (int b = 0; b < parts.columns() / block; b++) {
      int group = b * block / parts.groupSize();
      scales[b] = scale(group, n);
      zeros[b] = (byte) zero(group, n);
    }
  }

  @Override
  public void values(long row, float[] into) {
    int n = (int) row;
    for (int k = 0; k < parts.columns(); k++) {
      int group = groups[k];
      into[k] = (code(n, k) - zero(group, n)) * Float.float16ToFloat(scale(group, n));
    }
  }

  private int code(int row, int column) {
    long index;
    int place;
    if (parts.packing() == Packing.AWQ) {
      index = (long) column * (parts.rows() / perInteger) + row / perInteger;
      place = AWQ_PLACE[row % perInteger];
    } else {
      index = (long) (column / perInteger) * parts.rows() + row;
      place = column % perInteger;
    }
    return (parts.codes().get(I32, 4 * index) >>> (place * parts.bits())) & mask;
  }

  private int zero(int group, int row) {
    long index = (long) group * (parts.rows() / perInteger) + row / perInteger;
    int within = row % perInteger;
    int place = parts.packing() == Packing.AWQ ? AWQ_PLACE[within] : within;
    int stored = (parts.zeros().get(I32, 4 * index) >>> (place * parts.bits())) & mask;
    return parts.packing() == Packing.GPTQ ? stored + 1 : stored;
  }

  private short scale(int group, int row) {
    return parts.scales().get(F16, 2 * ((long) group * parts.rows() + row));
  }
}
