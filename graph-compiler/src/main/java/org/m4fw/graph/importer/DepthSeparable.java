package org.m4fw.graph.importer;

import org.m4fw.graph.ir.Operator;

/**
 * A stack of residual depth-separable convolutions over channels [B, channels, S], each reaching
 * further than the one before: VITS calls it DDSConv.
 */
record DepthSeparable(Layers layers, int channels, int count, long kernel, Presence tokens) {
  /** That of PyTorch's LayerNorm; no configuration changes it. */
  private static final double EPSILON = 1e-5;

  String apply(String path, String input) {
    String hidden = input;
    long dilation = 1;
    for (int i = 0; i < count; i++) {
      String dilated =
          layers.convolution(
              Convolution.of(path + ".convs_dilated." + i, channels, channels, kernel)
                  .grouped(channels)
                  .padded(kernel / 2 * dilation)
                  .dilated(dilation),
              tokens.only(hidden));
      String reached = normalizedGelu(path + ".norms_1." + i, dilated);
      String mixed =
          layers.convolution(
              Convolution.of(path + ".convs_pointwise." + i, channels, channels, 1L), reached);
      hidden =
          layers.add(
              path + ".residual." + i, hidden, normalizedGelu(path + ".norms_2." + i, mixed));
      dilation *= kernel;
    }
    return hidden;
  }

  /** The norm runs over the channels of each position. */
  private String normalizedGelu(String path, String input) {
    String last = layers.transpose(path + ".channels_last", input, 0L, 2L, 1L);
    String normalized = layers.layerNorm(path, last, channels, EPSILON);
    String active =
        layers.graph().node(path + ".gelu", new Operator.Gelu(Operator.Gelu.Kind.ERF), normalized);
    return layers.transpose(path + ".channels_first", active, 0L, 2L, 1L);
  }
}
