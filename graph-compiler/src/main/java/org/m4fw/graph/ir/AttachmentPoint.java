package org.m4fw.graph.ir;

/**
 * A linear layer that an adapter may add a low-rank branch to: y = W·x + B·(A·x).
 *
 * @param name the layer's path in the checkpoint, such as {@code model.layers.0.self_attn.q_proj}
 * @param in width of the layer's input
 * @param out width of its output
 */
public record AttachmentPoint(String name, long in, long out) {
  /** The graph input that takes A, transposed: [in, rank]. */
  public String inputA() {
    return name + ".lora_A.weight";
  }

  /** The graph input that takes B, transposed, with the scaling folded in: [rank, out]. */
  public String inputB() {
    return name + ".lora_B.weight";
  }
}
