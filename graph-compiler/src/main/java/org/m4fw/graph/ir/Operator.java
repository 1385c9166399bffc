package org.m4fw.graph.ir;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a node computes. Importers use the composite operators, which stay whole until a target
 * lowers them; {@link Linear} and {@link Embedding} stay until weights are encoded; {@link
 * Primitive} is an operator of the target's own format.
 *
 * <p>In the graph of an importer {@code FLOAT32} means the arithmetic of the target, also in ports,
 * literals and casts: where the target computes in float16, so do they.
 */
public sealed interface Operator {

  /**
   * Rows of a table, and what an adapter adds to them at the attachment point, which is as wide as
   * the table has rows. Inputs: ids [B, S]. Output: [B, S, width].
   */
  record Embedding(String weight, Optional<AttachmentPoint> attachment) implements Operator {

    /** Without an adapter. */
    public Embedding(String weight) {
      this(weight, Optional.empty());
    }
  }

  /**
   * y = x·Wᵀ + bias, and what an adapter adds at the attachment point. Input: [B, S, in]. Output:
   * [B, S, out].
   */
  record Linear(String weight, Optional<String> bias, Optional<AttachmentPoint> attachment)
      implements Operator {}

  /**
   * A convolution, and what an adapter adds to it at the attachment point. Inputs: those of the
   * convolution, [B, channels, ...], its weight and optionally its bias. Output: [B, out, ...].
   *
   * @param plain {@code Conv} of one group with all its attributes
   */
  record Convolution(Primitive plain, AttachmentPoint attachment) implements Operator {}

  /**
   * y = x / sqrt(mean(x²) + epsilon) · gain over the last axis. Input and output: [B, S, width].
   */
  record RmsNorm(String weight, double epsilon) implements Operator {}

  /**
   * Causal self-attention over a cache, with rotary positions and grouped queries. Inputs: query
   * [B, S, heads·width], key and value [B, S, keyValueHeads·width], past key and value [B,
   * keyValueHeads, P, width]. Outputs: [B, S, heads·width], present key and value.
   *
   * @param window how many positions back a token sees, itself included; empty for all
   */
  record Attention(int heads, int keyValueHeads, int headWidth, Rotary rotary, OptionalLong window)
      implements Operator {}

  /**
   * y = (x − mean) / sqrt(variance + epsilon) · weight + bias over the last axis. Input and output:
   * [..., width].
   */
  record LayerNorm(String weight, String bias, double epsilon) implements Operator {}

  /**
   * Each group of neighbouring channels of each sample to mean 0 and variance 1, then per channel
   * times weight, plus bias (Wu and He, "Group Normalization", 2018). Input and output: [B,
   * channels, ...].
   */
  record GroupNorm(int groups, int channels, String weight, String bias, double epsilon)
      implements Operator {}

  /**
   * softmax(query·keyᵀ / sqrt(headWidth) + mask)·value in every head. Inputs: query [B, S,
   * heads·headWidth], key and value [B, T, heads·headWidth], and optionally what is added to the
   * scores, as broadcasts to [B, heads, S, T]. Output: [B, S, heads·headWidth].
   */
  record SoftmaxAttention(int heads, int headWidth) implements Operator {}

  /**
   * The same over keys and values that are split into heads already, as caches keep them. Inputs:
   * query [B, S, heads·headWidth], key and value [B, heads, T, headWidth], and optionally what is
   * added to the scores. Output: [B, S, heads·headWidth].
   */
  record HeadsAttention(int heads, int headWidth) implements Operator {}

  /**
   * A mask for attention with which no position sees a later one. Inputs: a value with the length S
   * of the queries and one with the length T of the keys, which may be the same; where there are
   * more keys than queries, the last query sees all of them. Output: [S, T], 0 where a position may
   * look, else a large negative number.
   *
   * @param queryAxis of the first value, the one that is S long
   * @param keyAxis of the second value, the one that is T long
   */
  record CausalMask(int queryAxis, int keyAxis) implements Operator {
    /** Of two values [B, S, ...] and [B, T, ...]. */
    public CausalMask() {
      this(1, 1);
    }
  }

  /**
   * Steps of a diffusion as waves of geometrically spaced frequencies: cos and sin of t·10000^(−i /
   * (width/2 − shift)). Computed in float32 whatever the arithmetic. Input: t [N], integers.
   * Output: [N, width].
   *
   * @param width even
   * @param cosineFirst whether the first half holds the cosines
   */
  record TimestepEmbedding(int width, boolean cosineFirst, double shift) implements Operator {}

  /**
   * x / max(√Σx², epsilon) over the last axis, computed in float32 whatever the arithmetic. Input
   * and output: [..., width].
   */
  record L2Normalize(double epsilon) implements Operator {}

  /** The Gaussian error linear unit, element by element. */
  record Gelu(Kind kind) implements Operator {
    /** How the Gaussian's integral is computed. */
    public enum Kind {
      /** x/2·(1 + erf(x/√2)). */
      ERF,
      /** x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
      TANH,
      /** x·sigmoid(1.702·x). */
      QUICK
    }
  }

  /** x·sigmoid(x), element by element. */
  record Silu() implements Operator {}

  /** Element by element. */
  record Add() implements Operator {}

  /** Element by element. */
  record Multiply() implements Operator {}

  /** Another element type. */
  record Cast(ElementType to) implements Operator {}

  /**
   * An operator of ONNX.
   *
   * @param domain empty for the standard's own
   */
  record Primitive(String domain, String type, SortedMap<String, Attribute> attributes)
      implements Operator {
    public Primitive {
      attributes = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(attributes));
    }

    public static Primitive of(String type) {
      return new Primitive("", type, new TreeMap<>());
    }

    public static Primitive of(String domain, String type, Map<String, Attribute> attributes) {
      return new Primitive(domain, type, new TreeMap<>(attributes));
    }
  }

  /** The value of an attribute of a {@link Primitive}. */
  sealed interface Attribute {
    record Int(long value) implements Attribute {}

    record Real(float value) implements Attribute {}

    record Text(String value) implements Attribute {}

    record Ints(java.util.List<Long> values) implements Attribute {
      public Ints {
        values = java.util.List.copyOf(values);
      }
    }
  }
}
