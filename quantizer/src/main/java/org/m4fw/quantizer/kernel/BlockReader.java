package org.m4fw.quantizer.kernel;

import java.util.Arrays;
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

  /** Reads blocks into an array; what is left of it becomes zero. */
  void read(int first, int blocks, float[] into) {
    if (rows.columns() % block == 0) {
      TensorFloats.read(rows.tensor(), index(first, 0), into, 0, blocks * block);
    } else {
      for (int i = 0; i < blocks; i++) {
        int used = used(first + i);
        TensorFloats.read(rows.tensor(), index(first + i, 0), into, i * block, used);
        Arrays.fill(into, i * block + used, (i + 1) * block, 0);
      }
    }
    Arrays.fill(into, blocks * block, into.length, 0);
  }

  /** The same for what is given for each column. */
  void readColumns(int first, int blocks, float[] ofColumns, float[] into) {
    for (int i = 0; i < blocks; i++) {
      int used = used(first + i);
      int column = (first + i) % perRow * block;
      System.arraycopy(ofColumns, column, into, i * block, used);
      Arrays.fill(into, i * block + used, (i + 1) * block, 0);
    }
    Arrays.fill(into, blocks * block, into.length, 0);
  }

  private int used(int blockIndex) {
    return Math.min(block, rows.columns() - blockIndex % perRow * block);
  }
}
