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

  /**
   * The same by its definition for images [B, channels, height, width] on devices that keep them
   * with their channels last: mean and variance over the pixels and the channels of a group.
   */
  static void channelsLast(Lowering to, Node node, Operator.GroupNorm norm) {
    String y = node.outputs().getFirst();
    String image = to.transpose(y + ".image", node.inputs().getFirst(), 0L, 2L, 3L, 1L);
    String x =
        to.op(
            "Reshape",
            y + ".groups",
            image,
            to.ints(0, -1, norm.groups(), norm.channels() / norm.groups()));
    String mean = mean(to, y + ".mean", x);
    String centred = to.op("Sub", y + ".centred", x, mean);
    String variance = mean(to, y + ".variance", to.op("Mul", y + ".squares", centred, centred));
    String epsilon =
        to.real("const.norm.epsilon." + norm.epsilon(), to.arithmetic(), (float) norm.epsilon());
    String deviation =
        to.op("Sqrt", y + ".deviation", to.op("Add", y + ".variance.epsilon", variance, epsilon));
    String unit = to.op("Div", y + ".unit", centred, deviation);
    String pixels = to.op("Reshape", y + ".pixels", unit, to.op("Shape", y + ".shape", image));
    String scaled = to.op("Mul", y + ".scaled", pixels, norm.weight());
    String shifted = to.op("Add", y + ".shifted", scaled, norm.bias());
    to.transpose(y, shifted, 0L, 3L, 1L, 2L);
  }

  private static String mean(Lowering to, String output, String value) {
    return to.op(
        "ReduceMean", Map.of("keepdims", Lowering.integer(1)), output, value, to.ints(1, 3));
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
