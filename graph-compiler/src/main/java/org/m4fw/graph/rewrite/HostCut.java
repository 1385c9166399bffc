package org.m4fw.graph.rewrite;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.SizeBinding;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;

/**
 * Leaves to the host what is no work for a device of floating-point arithmetic: looking tokens up,
 * and whatever is computed from whole numbers that are given, such as masks, rows of tables of
 * positions, and which row is the last. What comes of it are inputs of the device's graph.
 *
 * @param host empty if there is nothing for it to do
 * @param device takes what the host gives, under the same names
 */
public record HostCut(Optional<FixedGraph> host, FixedGraph device) {

  /** What only joins or shapes what the host has made so is the host's as well. */
  private static final Set<String> CARRYING = Set.of("Cast", "Concat", "Reshape");

  /**
   * Cuts a graph.
   *
   * @param floating operators that are the host's too where they depend on nothing but whole
   *     numbers that are given, with all that leads to them
   */
  public static HostCut cut(String file, FixedGraph graph, Set<String> floating) {
    Set<String> given = new HashSet<>();
    graph.graph().inputs().forEach(port -> given.add(port.name()));
    Set<String> leading = leading(graph, floating);
    List<Node> host = new ArrayList<>();
    List<Node> device = new ArrayList<>();
    Set<String> hostMade = new HashSet<>();
    for (Node node : graph.graph().nodes()) {
      if (isHosts(node, graph, given, hostMade) || leading.contains(node.outputs().getFirst())) {
        host.add(node);
        hostMade.addAll(node.outputs());
      } else {
        device.add(node);
      }
    }
    if (host.isEmpty()) {
      return new HostCut(Optional.empty(), graph);
    }
    Set<String> crossing = new LinkedHashSet<>();
    device.forEach(node -> crossing.addAll(node.inputs()));
    graph.graph().outputs().forEach(port -> crossing.add(port.name()));
    crossing.retainAll(hostMade);
    List<Port> between = crossing.stream().map(name -> port(graph, name)).toList();
    return new HostCut(
        Optional.of(bind(file, graph, graph.graph().inputs(), between, host)),
        bind(
            file,
            graph,
            joined(graph.graph().inputs(), between),
            deviceOutputs(graph, hostMade),
            device));
  }

  /** What leads to operators of these types, themselves included, from whole numbers alone. */
  private static Set<String> leading(FixedGraph graph, Set<String> types) {
    Set<String> whole = new HashSet<>();
    graph.graph().inputs().stream()
        .filter(port -> isWhole(graph, port.name()))
        .forEach(port -> whole.add(port.name()));
    List<Node> reached = new ArrayList<>();
    for (Node node : graph.graph().nodes()) {
      boolean known =
          node.operator() instanceof Operator.Primitive
              && node.inputs().stream()
                  .allMatch(
                      input -> input.isEmpty() || graph.isConstant(input) || whole.contains(input));
      if (known) {
        whole.addAll(node.outputs());
        reached.add(node);
      }
    }
    Set<String> leading = new HashSet<>();
    for (Node node : reached.reversed()) {
      boolean wanted =
          node.operator() instanceof Operator.Primitive primitive
              && types.contains(primitive.type());
      if (wanted || node.outputs().stream().anyMatch(leading::contains)) {
        leading.addAll(node.outputs());
        leading.addAll(node.inputs());
      }
    }
    for (Node node : reached) {
      boolean carried =
          node.operator() instanceof Operator.Primitive primitive
              && CARRYING.contains(primitive.type())
              && node.inputs().stream()
                  .allMatch(input -> graph.isConstant(input) || leading.contains(input));
      if (carried) {
        leading.addAll(node.outputs());
      }
    }
    return leading;
  }

  private static boolean isHosts(
      Node node, FixedGraph graph, Set<String> given, Set<String> hostMade) {
    boolean known =
        node.inputs().stream()
            .allMatch(
                input ->
                    input.isEmpty()
                        || graph.isConstant(input)
                        || given.contains(input)
                        || hostMade.contains(input));
    boolean whole =
        node.operator() instanceof Operator.Embedding
            || node.inputs().stream()
                .filter(input -> !input.isEmpty() && !graph.isConstant(input))
                .anyMatch(input -> isWhole(graph, input))
            || node.outputs().stream().anyMatch(output -> isWhole(graph, output));
    return known && whole;
  }

  private static boolean isWhole(FixedGraph graph, String value) {
    return graph.value(value).type() != ElementType.FLOAT32;
  }

  private static Port port(FixedGraph graph, String name) {
    return new Port(
        name,
        graph.value(name).type(),
        graph.value(name).dims().stream().map(Port::fixed).toList());
  }

  private static List<Port> joined(List<Port> inputs, List<Port> between) {
    List<Port> all = new ArrayList<>(between);
    all.addAll(inputs);
    return all;
  }

  private static List<Port> deviceOutputs(FixedGraph graph, Set<String> hostMade) {
    return graph.graph().outputs().stream()
        .filter(port -> !hostMade.contains(port.name()))
        .toList();
  }

  private static FixedGraph bind(
      String file, FixedGraph source, List<Port> inputs, List<Port> outputs, List<Node> nodes) {
    Graph whole = source.graph();
    Set<String> used = new HashSet<>();
    nodes.forEach(node -> used.addAll(node.inputs()));
    outputs.forEach(port -> used.add(port.name()));
    return SizeBinding.bind(
        file,
        new Graph(
            whole.architecture(),
            inputs.stream().filter(port -> used.contains(port.name())).toList(),
            outputs,
            nodes,
            whole.weights(),
            new TreeMap<>(whole.literals()),
            Optional.empty(),
            SpecialTokens.none(),
            List.of()),
        Map.of());
  }
}
