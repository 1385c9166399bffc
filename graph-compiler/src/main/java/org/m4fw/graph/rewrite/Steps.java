package org.m4fw.graph.rewrite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/** The nodes of a rewritten graph under construction. */
public final class Steps {
  private final List<Node> nodes = new ArrayList<>();
  private final SortedMap<String, Literal> literals;

  Steps(FixedGraph source) {
    this.literals = new TreeMap<>(source.graph().literals());
  }

  void keep(Node node) {
    nodes.add(node);
  }

  /** A node of the standard's own with one output, named after it; gives the output's name. */
  String op(String type, Map<String, Attribute> attributes, String output, String... inputs) {
    nodes.add(
        new Node(output, Primitive.of("", type, attributes), List.of(inputs), List.of(output)));
    return output;
  }

  String op(String type, String output, String... inputs) {
    return op(type, Map.of(), output, inputs);
  }

  String reshape(String output, String value, List<Long> dims) {
    return op("Reshape", output, value, ints(dims));
  }

  String transpose(String output, String value, List<Long> permutation) {
    return op("Transpose", Map.of("perm", new Attribute.Ints(permutation)), output, value);
  }

  String mean(String output, String value, long... axes) {
    return op(
        "ReduceMean",
        Map.of("keepdims", new Attribute.Int(1)),
        output,
        value,
        ints(java.util.stream.LongStream.of(axes).boxed().toList()));
  }

  String ints(List<Long> values) {
    StringBuilder name = new StringBuilder("const.int64");
    values.forEach(value -> name.append('.').append(value));
    literals.putIfAbsent(
        name.toString(), Literal.int64(values.stream().mapToLong(Long::longValue).toArray()));
    return name.toString();
  }

  String ints(long... values) {
    return ints(java.util.stream.LongStream.of(values).boxed().toList());
  }

  /** A constant number without dimensions. */
  String real(double value) {
    String name = "const.float32." + (float) value;
    literals.putIfAbsent(name, Literal.real(ElementType.FLOAT32, Shape.of(), (float) value));
    return name;
  }

  String literal(String name, Literal literal) {
    literals.put(name, literal);
    return name;
  }

  Graph graph(Graph source) {
    return new Graph(
        source.architecture(),
        source.inputs(),
        source.outputs(),
        nodes,
        source.weights(),
        literals,
        source.decoder(),
        source.specialTokens(),
        source.attachmentPoints());
  }
}
