package org.m4fw.graph.ir;

import java.util.Optional;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

/**
 * A trained tensor that a graph uses.
 *
 * @param name as the checkpoint names it
 * @param role what it is to the model, which decides how it may be stored
 * @param shape as the checkpoint has it: [out, in] for linear layers, [vocabulary, width] for
 *     embeddings
 * @param source where its numbers are
 * @param inputFactors of a linear layer, [in] in FLOAT32, if its input is to be multiplied by them
 *     and its columns divided: the columns of {@link Source.Quantized} are divided already, those
 *     of {@link Source.Stored} are when the weight is encoded. Adapters see the input as it is.
 */
public record Weight(
    String name, Role role, Shape shape, Source source, Optional<Literal> inputFactors) {

  /** Whose input is taken as it is. */
  public Weight(String name, Role role, Shape shape, Source source) {
    this(name, role, shape, source, Optional.empty());
  }

  /** The same with an input that is multiplied. */
  public Weight withInputFactors(Literal factors) {
    return new Weight(name, role, shape, source, Optional.of(factors));
  }

  /** What a weight is to the model. */
  public enum Role {
    /** Rows looked up by token; also the output projection where the head is tied to it. */
    EMBEDDING,
    /** The matrix of a linear layer. */
    LINEAR,
    /** The output projection to the vocabulary. */
    HEAD,
    /** The gain of a normalization. */
    NORM,
    /** What a linear layer or a convolution adds. */
    BIAS,
    /** The kernel of a convolution. */
    CONVOLUTION,
    /** What is added or appended as it is: a table of positions, a class token, a scale. */
    PARAMETER
  }

  /** Where a weight's numbers are. */
  public sealed interface Source {
    /** As floating-point numbers in a checkpoint. */
    record Stored(Tensor tensor) implements Source {}

    /** In the canonical bytes of an encoding, in a quantized checkpoint. */
    record Quantized(Encoding encoding, Tensor data, Tensor scales, Optional<Tensor> zeroPoints)
        implements Source {
      /** Without zero points. */
      public Quantized(Encoding encoding, Tensor data, Tensor scales) {
        this(encoding, data, scales, Optional.empty());
      }

      /** The size of all of it. */
      public long bytes() {
        return data.byteSize() + scales.byteSize() + zeroPoints.map(Tensor::byteSize).orElse(0L);
      }
    }
  }
}
