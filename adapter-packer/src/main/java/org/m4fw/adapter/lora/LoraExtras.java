package org.m4fw.adapter.lora;

import java.util.List;
import org.m4fw.checkpoint.Tensor;

/**
 * What an adapter has beside branches at layers and tables, for which no graph has inputs: only a
 * graph that is compiled for it can have it.
 *
 * @param convolutions sorted by layer
 * @param biases sorted by layer
 */
public record LoraExtras(List<Convolution> convolutions, List<Bias> biases) {
  public LoraExtras {
    convolutions = List.copyOf(convolutions);
    biases = List.copyOf(biases);
  }

  /**
   * A low-rank branch of a convolution.
   *
   * @param down A [rank, in, kernel...]
   * @param up B [out, rank, 1...]
   */
  public record Convolution(String layer, int rank, double alpha, Tensor down, Tensor up) {}

  /**
   * What a branch adds beside its product, scaled as it is.
   *
   * @param values [out]
   */
  public record Bias(LoraPair pair, Tensor values) {}

  /** Nothing. */
  public static LoraExtras none() {
    return new LoraExtras(List.of(), List.of());
  }

  public boolean isEmpty() {
    return convolutions.isEmpty() && biases.isEmpty();
  }

  /** The path of the first layer that has some. */
  public String layer() {
    return convolutions.isEmpty()
        ? biases.getFirst().pair().point().name()
        : convolutions.getFirst().layer();
  }

  /** What it is there, for messages. */
  public String text() {
    return convolutions.isEmpty()
        ? "its branches have biases, and graphs take none"
        : "it is LoRA of a convolution, and the graph has no room for kernels";
  }
}
