package org.m4fw.graph.legalize;

import static org.m4fw.graph.legalize.Lowering.number;

import java.util.Arrays;
import java.util.Map;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;

/**
 * Group normalization as instance normalization over groups. ONNX changed what its own operator
 * takes in opset 21, and runtimes differ in which of the two they mean; this form is the same
 * everywhere.
 */
final class GroupNormLowering {
  private GroupNormLowering() {}

  static void lower(Lowering to, Node node, Operator.GroupNorm norm) {
    String output = node.outputs().getFirst();
    String input = node.inputs().getFirst();
    String groups = to.op("Reshape", output + ".groups", input, to.ints(0, norm.groups(), -1));
    String unit =
        to.op(
            "InstanceNormalization",
            Map.of("epsilon", number(norm.epsilon())),
            output + ".unit",
            groups,
            constant(to, "ones", norm.groups(), 1),
            constant(to, "zeros", norm.groups(), 0));
    String channels = to.op("Reshape", output + ".channels", unit, to.ints(0, norm.channels(), -1));
    String scaled =
        to.op(
            "Mul",
            output + ".scaled",
            channels,
            column(to, output + ".weight.column", norm.weight()));
    String shifted =
        to.op("Add", output + ".shifted", scaled, column(to, output + ".bias.column", norm.bias()));
    to.op("Reshape", output, shifted, to.op("Shape", output + ".shape", input));
  }

  private static String constant(Lowering to, String name, int count, float value) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return to.graph()
        .literal(
            "const.%s.%s".formatted(name, count),
            Literal.real(to.arithmetic(), Shape.of(count), values));
  }

  /** [channels] to [channels, 1]. */
  private static String column(Lowering to, String name, String vector) {
    return to.op("Unsqueeze", name, vector, to.ints(1));
  }
}
