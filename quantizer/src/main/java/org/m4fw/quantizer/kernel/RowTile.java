package org.m4fw.quantizer.kernel;

import java.util.Optional;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.TensorFloats;

/**
 * A row of numbers for one scale. Its sums are sixteen, of the elements whose index, or for BF16
 * that of the pair they are in, has the same remainder by 16, so that they do not depend on how
 * many lanes a machine has.
 */
final class RowTile {
  /** The length of a row is a multiple of this: a vector holds up to sixteen pairs. */
  private static final int GRAIN = 2 * BlockTile.LANES;

  final int columns;

  /** F32, F16 or BF16. */
  final DType dtype;

  /** The number of elements, padded with zeros to a multiple of 32. */
  final int length;

  /** The numbers; of BF16 only once somebody has made them of those that are stored. */
  final float[] values;

  /**
   * Those of BF16 as they are stored: two operations make floats of a pair, which costs less than
   * writing and reading them. Of the others the compiler makes good code.
   */
  final Optional<StoredNumbers> stored;

  /** The scale and 1/scale. */
  float scale;

  float inverse;

  /** What {@link Quality} adds up; of the numbers that are stored, without the scale. */
  final float[] signal = new float[BlockTile.LANES];

  final float[] noise = new float[BlockTile.LANES];
  final float[] squares = new float[BlockTile.LANES];
  final float[] maxError = new float[BlockTile.LANES];

  RowTile(DType dtype, int columns) {
    this.columns = columns;
    this.dtype = dtype;
    this.length = Math.ceilDiv(columns, GRAIN) * GRAIN;
    this.values = new float[length];
    this.stored =
        dtype == DType.BF16 ? Optional.of(new StoredNumbers(dtype, length)) : Optional.empty();
  }

  /** Takes a row of those for which this was made. */
  void take(Rows rows, int row) {
    long first = rows.index(row, 0);
    if (stored.isPresent()) {
      stored.get().take(rows.tensor(), first, 0, columns);
    } else {
      TensorFloats.read(rows.tensor(), first, values, 0, columns);
    }
  }
}
