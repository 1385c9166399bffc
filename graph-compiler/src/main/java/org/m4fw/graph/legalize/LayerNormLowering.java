package org.m4fw.graph.legalize;

import static org.m4fw.graph.legalize.Lowering.integer;
import static org.m4fw.graph.legalize.Lowering.number;

import java.util.Map;
import org.m4fw.graph.ir.Operator;

/** Layer normalization as the standard's own, with mean and variance in float32. */
final class LayerNormLowering {
  private LayerNormLowering() {}

  static void lower(Lowering to, String output, String input, Operator.LayerNorm norm) {
    to.op(
        "LayerNormalization",
        Map.of("axis", integer(-1), "epsilon", number(norm.epsilon()), "stash_type", integer(1)),
        output,
        input,
        norm.weight(),
        norm.bias());
  }
}
