package org.m4fw.graph.legalize;

import java.util.List;
import java.util.Map;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator;

/**
 * The graph under construction, with words for what lowerings say most often.
 *
 * @param arithmetic the type of activations
 * @param context the longest sequence, in tokens
 */
record Lowering(GraphBuilder graph, ElementType arithmetic, int context) {

  static final String MICROSOFT = "com.microsoft";

  /** A node of the standard's own without attributes, named after its output. */
  String op(String type, String output, String... inputs) {
    return graph.node(output, Operator.Primitive.of(type), inputs);
  }

  String op(
      String type, Map<String, Operator.Attribute> attributes, String output, String... inputs) {
    return graph.node(output, Operator.Primitive.of("", type, attributes), inputs);
  }

  String cast(ElementType to, String output, String input) {
    return op("Cast", Map.of("to", integer(to.onnxNumber())), output, input);
  }

  /** A constant vector of integers, named after its values so that equal ones are shared. */
  String ints(long... values) {
    StringBuilder name = new StringBuilder("const.int64");
    for (long value : values) {
      name.append('.').append(value);
    }
    return graph.literal(name.toString(), Literal.int64(values));
  }

  /** A constant integer without dimensions. */
  String int64Scalar(long value) {
    return graph.literal("const.int64.scalar." + value, Literal.int64Scalar(value));
  }

  /** The size of an axis of a value, as an integer without dimensions. */
  String size(String output, String value, long axis) {
    String shape = op("Shape", output + ".shape", value);
    return op("Gather", Map.of("axis", integer(0)), output, shape, int64Scalar(axis));
  }

  String transpose(String output, String value, Long... permutation) {
    return op(
        "Transpose",
        Map.of("perm", new Operator.Attribute.Ints(List.of(permutation))),
        output,
        value);
  }

  /** A constant number without dimensions. */
  String real(String name, ElementType type, float value) {
    return graph.literal(name, Literal.real(type, Shape.of(), value));
  }

  static Operator.Attribute integer(long value) {
    return new Operator.Attribute.Int(value);
  }

  static Operator.Attribute number(double value) {
    return new Operator.Attribute.Real((float) value);
  }

  static List<String> list(String... names) {
    return List.of(names);
  }
}
