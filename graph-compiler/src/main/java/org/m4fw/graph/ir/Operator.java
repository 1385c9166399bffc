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
 */
public sealed interface Operator {

  /** Rows of a table. Inputs: ids [B, S]. Output: [B, S, width]. */
  record Embedding(String weight) implements Operator {}

  /**
   * y = x·Wᵀ + bias, and what an adapter adds at the attachment point. Input: [B, S, in]. Output:
   * [B, S, out].
   */
  record Linear(String weight, Optional<String> bias, Optional<AttachmentPoint> attachment)
      implements Operator {}

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

    record Ints(java.util.List<Long> values) implements Attribute {
      public Ints {
        values = java.util.List.copyOf(values);
      }
    }
  }
}
