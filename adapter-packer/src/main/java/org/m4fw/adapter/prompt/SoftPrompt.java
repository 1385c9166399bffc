package org.m4fw.adapter.prompt;

import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.VirtualTokens;

/**
 * Virtual tokens. The tensor is valid while the file it comes from is open.
 *
 * @param tensor two dimensions, the first one counts the tokens; finite
 */
public record SoftPrompt(Kind kind, Tensor tensor) {

  /** What stands for a token. */
  public enum Kind {
    /** A vector in the place of the token's own: prompt tuning, P-tuning. */
    VECTORS("prompt tuning"),
    /** The keys and values of every layer: prefix tuning. */
    CACHE("prefix tuning");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** As messages call it. */
    public String text() {
      return text;
    }
  }

  /** As a decoder takes it; read anew at each call. */
  public VirtualTokens tokens() {
    RuntimeAdapter.Matrix matrix =
        new RuntimeAdapter.Matrix(
            Math.toIntExact(tensor.shape().dim(0)),
            Math.toIntExact(tensor.shape().dim(1)),
            TensorFloats.all(tensor));
    return switch (kind) {
      case VECTORS -> new VirtualTokens.Vectors(matrix);
      case CACHE -> new VirtualTokens.Cache(matrix);
    };
  }
}
