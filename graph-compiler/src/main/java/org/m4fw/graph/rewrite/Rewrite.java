package org.m4fw.graph.rewrite;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.SizeBinding;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/** A change of a graph with fixed sizes; exact, but where the pass states a bound. */
public sealed interface Rewrite
    permits BatchedRows,
        BroadcastProducts,
        ConstantDivisions,
        ConstantRows,
        DivisionsByRoots,
        EmptyOperands,
        GroupedConvolutions,
        ImageSequences,
        InstanceNorms,
        LayerNorms,
        LeadingAxes,
        PlanarConvolutions,
        PlanarSequences,
        PositionProducts,
        ReshapeChains,
        ReversedAxes,
        RootReciprocals,
        SharedProducts,
        SigmoidGelus,
        SigmoidSoftmaxes,
        SplitSlices {

  /** As reports name it. */
  String id();

  /** The graph after this change. */
  FixedGraph apply(String file, FixedGraph graph);

  /** What becomes of one node: added to the steps, or kept. */
  interface Change {
    void rewrite(Node node, Primitive operator, Steps steps);
  }

  /** The graph after a change of single primitives. */
  static FixedGraph each(String file, FixedGraph graph, Change change) {
    Steps steps = new Steps(graph);
    for (Node node : graph.graph().nodes()) {
      if (node.operator() instanceof Primitive primitive) {
        change.rewrite(node, primitive, steps);
      } else {
        steps.keep(node);
      }
    }
    return SizeBinding.bind(file, steps.graph(graph.graph()), Map.of());
  }

  /** The nodes by the first value that each gives. */
  static Map<String, Node> makers(FixedGraph graph) {
    return graph.graph().nodes().stream()
        .collect(Collectors.toMap(node -> node.outputs().getFirst(), Function.identity()));
  }

  /** An attribute that is an integer. */
  static long integer(Primitive operator, String name, long otherwise) {
    return operator.attributes().get(name) instanceof Attribute.Int(long value) ? value : otherwise;
  }

  /** An attribute that is a list of integers; empty if it is not there. */
  static List<Long> integers(Primitive operator, String name) {
    return operator.attributes().get(name) instanceof Attribute.Ints(List<Long> values)
        ? values
        : List.of();
  }

  /** The numbers of a constant of whole numbers. */
  static List<Long> integers(Literal literal) {
    java.nio.LongBuffer numbers =
        java.nio.ByteBuffer.wrap(literal.bytes())
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .asLongBuffer();
    List<Long> integers = new java.util.ArrayList<>();
    while (numbers.hasRemaining()) {
      integers.add(numbers.get());
    }
    return integers;
  }

  /** An attribute that is a number. */
  static float number(Primitive operator, String name, float otherwise) {
    return operator.attributes().get(name) instanceof Attribute.Real(float value)
        ? value
        : otherwise;
  }

  /** An axis counted from the front. */
  static int axis(long axis, int rank) {
    return (int) (axis < 0 ? axis + rank : axis);
  }
}
