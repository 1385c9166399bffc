package org.m4fw.checkpoint.torch;

import java.util.List;

/**
 * A tensor as the file has it; all its elements lie in the file.
 *
 * @param dims the shape, outermost first
 * @param strides how many elements lie between neighbours along each dimension
 * @param begin where the first element is, in bytes from the start of the file
 */
public record StoredTensor(
    String name, TorchType type, List<Long> dims, List<Long> strides, long begin) {

  /** The number of elements. */
  public long count() {
    return dims.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
  }

  /** In bytes. */
  public long byteSize() {
    return count() * type.bytes();
  }

  /** Whether the elements lie one behind the other in row-major order. */
  public boolean contiguous() {
    if (count() == 0) {
      return true;
    }
    long expected = 1;
    for (int axis = dims.size() - 1; axis >= 0; axis--) {
      long dim = dims.get(axis);
      if (dim != 1 && strides.get(axis) != expected) {
        return false;
      }
      expected *= dim;
    }
    return true;
  }
}
