package org.m4fw.graph.rewrite;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Softmax over the last axis by sigmoids. In eight bits the operator itself gives 256ths of one,
 * whatever comes out, so that of weights that spread over some fifty numbers or more little is
 * left. Here every step has a range of its own: with d = x − max(x) the exponential is e = σ(d) /
 * σ(−d), and the result e / Σe, where quotients are products with squares of 1/√.
 *
 * @param results the names of the results for which this is to be done
 */
public record SigmoidSoftmaxes(SortedSet<String> results) implements Rewrite {
  public SigmoidSoftmaxes {
    results = Collections.unmodifiableSortedSet(new TreeSet<>(results));
  }

  public SigmoidSoftmaxes(Set<String> results) {
    this(new TreeSet<>(results));
  }

  @Override
  public String id() {
    return "sigmoid-softmax";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    Map<String, Spread> spreads = new HashMap<>();
    Map<String, Long> uses = new HashMap<>();
    graph.graph().nodes().forEach(n -> n.inputs().forEach(in -> uses.merge(in, 1L, Long::sum)));
    graph.graph().outputs().forEach(port -> uses.merge(port.name(), 2L, Long::sum));
    Set<String> factors =
        graph.graph().nodes().stream()
            .filter(node -> isProduct(node) && uses.getOrDefault(node.inputs().get(0), 0L) == 1)
            .map(node -> node.inputs().get(0))
            .collect(Collectors.toSet());
    return Rewrite.each(
        file,
        graph,
        (node, operator, steps) -> {
          String y = node.outputs().getFirst();
          Spread left = isProduct(node) ? spreads.get(node.inputs().get(0)) : null;
          if (operator.type().equals("Softmax") && isOfLastAxis(node, operator, graph)) {
            Spread spread = rewrite(node, graph.value(y).dims().getLast(), steps);
            if (factors.contains(y)) {
              spreads.put(y, spread);
            } else {
              steps.op("Mul", y, spread.rooted(), spread.share());
            }
          } else if (left != null) {
            String product = steps.op("MatMul", y + ".rooted", left.rooted(), node.inputs().get(1));
            steps.op("Mul", y, product, left.share());
          } else {
            steps.keep(node);
          }
        });
  }

  /** A result as two factors, so that a product can take the one, and the other comes after it. */
  private record Spread(String rooted, String share) {}

  private static boolean isProduct(Node node) {
    return node.operator() instanceof Primitive primitive && primitive.type().equals("MatMul");
  }

  private boolean isOfLastAxis(Node node, Primitive operator, FixedGraph graph) {
    int rank = graph.value(node.inputs().getFirst()).rank();
    return results.contains(node.outputs().getFirst())
        && Rewrite.axis(Rewrite.integer(operator, "axis", -1), rank) == rank - 1;
  }

  private static Spread rewrite(Node node, long count, Steps steps) {
    String x = node.inputs().getFirst();
    String y = node.outputs().getFirst();
    String largest =
        steps.op(
            "ReduceMax",
            Map.of("keepdims", new Attribute.Int(1)),
            y + ".largest",
            x,
            steps.ints(-1));
    String less = steps.op("Sigmoid", y + ".less.share", steps.op("Sub", y + ".less", x, largest));
    String more = steps.op("Sigmoid", y + ".more.share", steps.op("Sub", y + ".more", largest, x));
    String quotient = inverseRoot(y + ".exponential", more, steps);
    String half = steps.op("Mul", y + ".exponential.half", less, quotient);
    String exponential = steps.op("Mul", y + ".exponential", half, quotient);
    String mean = steps.mean(y + ".mean", exponential, -1);
    String root = inverseRoot(y + ".mean", mean, steps);
    String share = steps.op("Mul", y + ".share", root, steps.real(1.0 / count));
    return new Spread(steps.op("Mul", y + ".rooted", exponential, root), share);
  }

  private static String inverseRoot(String name, String value, Steps steps) {
    return steps.op("Pow", name + ".root", value, steps.real(-0.5));
  }
}
