package org.m4fw.quantizer.kernel;

import org.m4fw.checkpoint.Tensor;

/**
 * Some rows of a weight.
 *
 * @param tensor F32, F16 or BF16
 * @param columns the number of elements in a row
 * @param first the first of the rows
 * @param count how many rows
 */
public record Rows(Tensor tensor, int columns, long first, int count) {

  /** The index in the tensor of an element of these rows. */
  public long index(long row, long column) {
    return (first + row) * columns + column;
  }
}
