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

  /** Cuts a graph. */
  public static HostCut cut(String file, FixedGraph graph) {
    Set<String> given = new HashSet<>();
    graph.graph().inputs().forEach(port -> given.add(port.name()));
    List<Node> host = new ArrayList<>();
    List<Node> device = new ArrayList<>();
    Set<String> hostMade = new HashSet<>();
    for (Node node : graph.graph().nodes()) {
      if (isHosts(node, graph, given, hostMade)) {
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
