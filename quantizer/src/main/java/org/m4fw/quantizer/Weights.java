package org.m4fw.quantizer;

import java.nio.file.Path;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Weight;

/** How weights come. */
final class Weights {
  private Weights() {}

  /** The encoding in which a weight comes, by id; also for types that are no target encodings. */
  static String encodingId(Weight weight) {
    return stored(weight).id();
  }

  /** The encoding in which a weight comes. */
  static Encoding stored(Weight weight) {
    return switch (weight.source()) {
      case Weight.Source.Stored(Tensor tensor) -> new Encoding.Plain(tensor.dtype());
      case Weight.Source.Quantized quantized -> quantized.encoding();
    };
  }

  /** The size of a weight as it comes, scales included. */
  static long bytes(Weight weight) {
    return switch (weight.source()) {
      case Weight.Source.Stored(Tensor tensor) -> tensor.byteSize();
      case Weight.Source.Quantized quantized -> quantized.bytes();
    };
  }

  /** The file that a weight comes from. */
  static Path file(Weight weight) {
    return switch (weight.source()) {
      case Weight.Source.Stored(Tensor tensor) -> tensor.extent().file();
      case Weight.Source.Quantized quantized -> quantized.data().extent().file();
    };
  }

  /** Whether its columns are still to be divided by the factors of its input. */
  static boolean isToBeScaled(Weight weight) {
    return weight.inputFactors().isPresent() && weight.source() instanceof Weight.Source.Stored;
  }

  static boolean comesAs(Weight weight, DType dtype) {
    return weight.source() instanceof Weight.Source.Stored(Tensor tensor)
        && tensor.dtype() == dtype;
  }

  /** Whether no operator reads this weight in fewer bits. */
  static boolean staysPlain(Weight weight) {
    return switch (weight.role()) {
      case NORM, BIAS, CONVOLUTION, PARAMETER -> true;
      case EMBEDDING, LINEAR, HEAD -> weight.shape().rank() < 2;
    };
  }
}
