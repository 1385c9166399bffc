package org.m4fw.graph.legalize;

import static org.m4fw.graph.legalize.Lowering.integer;
import static org.m4fw.graph.legalize.Lowering.number;

import java.util.List;
import java.util.Map;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Operator;

/**
 * RMSNorm: fused where the target can, also with the residual addition before it; otherwise from
 * primitives, in float32 whatever the arithmetic, because squares of float16 overflow.
 */
final class NormLowering {
  private NormLowering() {}

  static void fused(Lowering lowering, String output, String input, Operator.RmsNorm norm) {
    lowering.op(
        "SimplifiedLayerNormalization",
        Map.of("axis", integer(-1), "epsilon", number(norm.epsilon()), "stash_type", integer(1)),
        output,
        input,
        norm.weight());
  }

  /**
   * The sum and its norm in one step.
   *
   * @param sum the name that the sum gets; empty if nobody else wants it
   */
  static void fusedWithAddition(
      Lowering lowering, String output, String sum, List<String> addends, Operator.RmsNorm norm) {
    List<String> outputs = sum.isEmpty() ? List.of(output) : List.of(output, "", "", sum);
    lowering
        .graph()
        .node(
            output,
            Operator.Primitive.of(
                Lowering.MICROSOFT,
                "SkipSimplifiedLayerNormalization",
                Map.of("epsilon", number(norm.epsilon()))),
            List.of(addends.get(0), addends.get(1), norm.weight()),
            outputs);
  }

  static void decomposed(Lowering to, String output, String input, Operator.RmsNorm norm) {
    boolean wide = to.arithmetic() == ElementType.FLOAT32;
    String x = wide ? input : to.cast(ElementType.FLOAT32, output + ".wide", input);
    String square = to.op("Mul", output + ".square", x, x);
    String mean =
        to.op("ReduceMean", Map.of("keepdims", integer(1)), output + ".mean", square, to.ints(-1));
    String epsilon =
        to.real(
            "const.norm.epsilon." + norm.epsilon(), ElementType.FLOAT32, (float) norm.epsilon());
    String shifted = to.op("Add", output + ".mean.epsilon", mean, epsilon);
    String root = to.op("Sqrt", output + ".root", shifted);
    String unit = to.op("Div", output + ".unit", x, root);
    String narrow = wide ? unit : to.cast(to.arithmetic(), output + ".narrow", unit);
    to.op("Mul", output, narrow, norm.weight());
  }
}
