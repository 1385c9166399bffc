package org.m4fw.graph.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.ActivationPlan.Stored;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;

/**
 * The pairs of QuantizeLinear and DequantizeLinear around operators that compute in whole numbers:
 * what runtimes for such devices fuse, and what computes the same elsewhere.
 */
final class ActivationNodes {
  private final ModelWriter out;
  private final ElementType arithmetic;
  private final ActivationPlan plan;

  /** Values that an operator gives in whole numbers already. */
  private final Set<String> onGrid = new HashSet<>();

  ActivationNodes(ModelWriter out, ElementType arithmetic, ActivationPlan plan) {
    this.out = out;
    this.arithmetic = arithmetic;
    this.plan = plan;
  }

  boolean isInteger(String output) {
    return plan.isInteger(output);
  }

  /**
   * A value as an operator in whole numbers takes it.
   *
   * @param source the name under which its numbers are, where that is another
   */
  String input(String value, String source) {
    if (onGrid.contains(value) || plan.stored(value).isEmpty()) {
      return source;
    }
    String name = value + ".int8";
    if (!out.hasValue(name)) {
      pair(source, name, plan.stored(value).orElseThrow());
    }
    return name;
  }

  /**
   * Under which name an operator in whole numbers gives a value, before {@link #close} stores it.
   */
  String open(String value) {
    return plan.stored(value).isPresent() ? value + ".wide" : value;
  }

  /** Stores a value that an operator in whole numbers has given. */
  void close(String value) {
    plan.stored(value)
        .ifPresent(
            stored -> {
              pair(value + ".wide", value, stored);
              onGrid.add(value);
            });
  }

  private void pair(String from, String to, Stored stored) {
    String scale =
        out.literal(to + ".quantized.scale", Literal.real(arithmetic, Shape.of(), stored.scale()));
    String zero = out.literal(to + ".quantized.zero_point", zeroPoint(stored));
    String quantized =
        out.node("", "QuantizeLinear", Map.of(), to + ".quantized", from, scale, zero);
    out.node("", "DequantizeLinear", Map.of(), to, quantized, scale, zero);
  }

  private static Literal zeroPoint(Stored stored) {
    ElementType type = stored.bits() == 8 ? ElementType.INT8 : ElementType.INT16;
    ByteBuffer bytes = ByteBuffer.allocate(type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    if (stored.bits() == 8) {
      bytes.put((byte) stored.zeroPoint());
    } else {
      bytes.putShort((short) stored.zeroPoint());
    }
    return new Literal(type, Shape.of(), bytes.array());
  }
}
