package org.m4fw.graph.ir;

import java.util.List;

/**
 * A linear layer that an adapter may add a low-rank branch to: y = scale·(W·x + B·(A·x)) + bias; or
 * a table whose rows it may add to, for which x is 1 at the row that is looked up and else 0; or a
 * convolution, for which x is all that the kernel covers at a position.
 *
 * @param name the layer's path in the checkpoint, such as {@code model.layers.0.self_attn.q_proj}
 * @param in width of the layer's input, or how many rows the table has; of a convolution channels
 *     times the elements of the kernel, in the order of its weight
 * @param out width of its output
 * @param scaled whether adapters may scale its output too, as DoRA does; otherwise the scale is 1
 *     and takes no time
 * @param kernel sizes of a convolution's kernel, one per spatial axis; empty for all else
 */
public record AttachmentPoint(String name, long in, long out, boolean scaled, List<Long> kernel) {
  private static final String RANK = "lora_r";
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";

  public AttachmentPoint {
    kernel = List.copyOf(kernel);
  }

  /** A layer or a table. */
  public AttachmentPoint(String name, long in, long out, boolean scaled) {
    this(name, in, out, scaled, List.of());
  }

  /** A point without a scale. */
  public AttachmentPoint(String name, long in, long out) {
    this(name, in, out, false);
  }

  /** The same as a convolution with a kernel of these sizes; a layer for none. */
  public AttachmentPoint withKernel(List<Long> sizes) {
    return new AttachmentPoint(name, in, out, scaled, sizes);
  }

  /** The same with a scale. */
  public AttachmentPoint withScale() {
    return new AttachmentPoint(name, in, out, true, kernel);
  }

  /** The same without one. */
  public AttachmentPoint withoutScale() {
    return new AttachmentPoint(name, in, out, false, kernel);
  }

  /**
   * The name of the axis of A and B whose size is the rank. Each point has one of its own: an
   * adapter may have branches of several ranks, or at some points only, and ONNX Runtime gives
   * values whose axes are called alike one and the same memory.
   */
  public String rankAxis() {
    return name + "." + RANK;
  }

  /** Whether an axis of a graph's input is the rank of some point. */
  public static boolean isRankAxis(String axis) {
    return axis.endsWith("." + RANK);
  }

  /** Whether a graph's input takes the A or B of some point. */
  public static boolean isMatrix(String input) {
    return isDown(input) || input.endsWith(B);
  }

  /** Whether a graph's input takes the A of some point. */
  public static boolean isDown(String input) {
    return input.endsWith(A);
  }

  /** The graph input that takes A, transposed: [in, rank]. */
  public String inputA() {
    return name + A;
  }

  /** The graph input that takes B, transposed, with the scaling folded in: [rank, out]. */
  public String inputB() {
    return name + B;
  }

  /** The graph input that takes the scale of a point that is scaled: [1, out]. */
  public String inputScale() {
    return name + ".lora_magnitude.weight";
  }
}
