package org.m4fw.quantizer.kernel;

import org.m4fw.checkpoint.TensorFloats;

/** Gives the blocks of some rows one after the other, the last of a row padded with zeros. */
final class BlockReader {
  private final Rows rows;
  private final int block;
  private final int perRow;

  BlockReader(Rows rows, int block) {
    this.rows = rows;
    this.block = block;
    this.perRow = Math.ceilDiv(rows.columns(), block);
  }

  /** The number of blocks in all rows. */
  int count() {
    return Math.multiplyExact(rows.count(), perRow);
  }

  /** The number of blocks in a row. */
  int perRow() {
    return perRow;
  }

  /** Where in the tensor an element of a block is. */
  long index(int blockIndex, int element) {
    return rows.index(blockIndex / perRow, (long) (blockIndex % perRow) * block + element);
  }

  /** Gives a tile its numbers; what is left of it becomes zero. */
  void read(int first, int blocks, BlockTile tile) {
    boolean whole = rows.columns() % block == 0;
    if (!whole || blocks < tile.blocks) {
      tile.numbers.clear();
    }
    if (whole) {
      tile.numbers.take(rows.tensor(), index(first, 0), 0, blocks * block);
    } else {
      for (int i = 0; i < blocks; i++) {
        tile.numbers.take(rows.tensor(), index(first + i, 0), i * block, used(first + i));
      }
    }
  }

  /** Gives a tile for each of its numbers what is given for the column. */
  void readColumns(int first, int blocks, float[] ofColumns, BlockTile tile) {
    tile.weights.clear();
    for (int i = 0; i < blocks; i++) {
      int column = (first + i) % perRow * block;
      for (int k = 0; k < used(first + i); k++) {
        tile.weights.words[i * block + k] = Float.floatToRawIntBits(ofColumns[column + k]);
      }
    }
  }

  /** One block as floats. */
  float[] floats(int blockIndex) {
    float[] values = new float[used(blockIndex)];
    TensorFloats.read(rows.tensor(), index(blockIndex, 0), values, 0, values.length);
    return values;
  }

  private int used(int blockIndex) {
    return Math.min(block, rows.columns() - blockIndex % perRow * block);
  }
}
