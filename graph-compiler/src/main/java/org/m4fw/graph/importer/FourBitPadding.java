package org.m4fw.graph.importer;

import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Encoding;

/**
 * The nibbles of four-bit weights that stand for no number: the end of a row's last block, and the
 * half of a byte behind an odd number of zero points. Devices may or may not compute with them, so
 * they have to be what {@link Encoding.Int4Blocks} says.
 */
final class FourBitPadding {
  private static final int MIDDLE = 8;

  private FourBitPadding() {}

  /**
   * Refuses a weight whose padding says something.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link ImportError#QUANTIZED_TENSOR}
   */
  static void require(
      Encoding.Int4Blocks encoding, Shape shape, Tensor data, Optional<Tensor> zeroPoints) {
    long blocks = encoding.blocks(shape);
    long zeroPointsOfRow = 2 * encoding.zeroPointRow(shape);
    int used = (int) (shape.dim(1) % encoding.block());
    for (long row = 0; row < shape.dim(0); row++) {
      int zero = MIDDLE;
      if (zeroPoints.isPresent()) {
        long first = row * zeroPointsOfRow;
        zero = nibble(zeroPoints.get(), first + blocks - 1);
        if (blocks < zeroPointsOfRow) {
          require(zeroPoints.get(), first + blocks, MIDDLE);
        }
      }
      long last = (row * blocks + blocks - 1) * encoding.block();
      for (int i = used; used > 0 && i < encoding.block(); i++) {
        require(data, last + i, zero);
      }
    }
  }

  private static void require(Tensor tensor, long index, int expected) {
    int found = nibble(tensor, index);
    if (found != expected) {
      throw ImportError.QUANTIZED_TENSOR.at(
          tensor.extent().file(),
          tensor.name(),
          "padding of %d in nibble %d".formatted(found, index),
          expected);
    }
  }

  /** The even ones are the low halves of bytes. */
  private static int nibble(Tensor tensor, long index) {
    return tensor.data().get(ValueLayout.JAVA_BYTE, index / 2) >> (4 * (index % 2)) & 15;
  }
}
