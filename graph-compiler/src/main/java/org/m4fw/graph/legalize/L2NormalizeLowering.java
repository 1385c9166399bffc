package org.m4fw.graph.legalize;

import static org.m4fw.graph.legalize.Lowering.integer;

import java.util.Map;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;

/** Division by the Euclidean norm. In float16 the squares would overflow and epsilon vanish. */
final class L2NormalizeLowering {
  private L2NormalizeLowering() {}

  static void lower(Lowering to, Node node, Operator.L2Normalize norm) {
    String output = node.outputs().getFirst();
    String input = node.inputs().getFirst();
    if (to.arithmetic() == ElementType.FLOAT32) {
      divide(to, output, output, input, norm);
    } else {
      String wide = to.cast(ElementType.FLOAT32, output + ".wide", input);
      to.cast(to.arithmetic(), output, divide(to, output, output + ".wide.normalized", wide, norm));
    }
  }

  /**
   * As one operator, for devices that compute in whole numbers; these have their own bound for what
   * is too short to be normalized.
   */
  static void whole(Lowering to, Node node) {
    to.op(
        "LpNormalization",
        Map.of("axis", integer(-1), "p", integer(2)),
        node.outputs().getFirst(),
        node.inputs().getFirst());
  }

  private static String divide(
      Lowering to, String path, String output, String x, Operator.L2Normalize norm) {
    String squares = to.op("Mul", path + ".squares", x, x);
    String sum =
        to.op("ReduceSum", Map.of("keepdims", integer(1)), path + ".sum", squares, to.ints(-1));
    String length = to.op("Sqrt", path + ".length", sum);
    String epsilon =
        to.real(
            "const.float32.%s".formatted(norm.epsilon()),
            ElementType.FLOAT32,
            (float) norm.epsilon());
    return to.op("Div", output, x, to.op("Max", path + ".divisor", length, epsilon));
  }
}
