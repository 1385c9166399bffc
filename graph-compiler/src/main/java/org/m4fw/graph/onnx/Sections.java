package org.m4fw.graph.onnx;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.TensorProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;

/**
 * Cuts a compiled graph into pieces that run one after the other, so that its inner values can be
 * looked at and a large model need not be in memory at once. What depends on weights alone belongs
 * to every piece that needs it.
 */
public final class Sections {
  private final CompiledModel model;
  private final GraphProto graph;
  private final Map<String, NodeProto> makers = new HashMap<>();

  /** Values that depend on what the graph is given; all others are constant. */
  private final Set<String> varying = new HashSet<>();

  private Sections(CompiledModel model) {
    this.model = model;
    this.graph = model.skeleton().getGraph();
    Set<String> initializers = new HashSet<>();
    graph.getInitializerList().forEach(tensor -> initializers.add(tensor.getName()));
    for (ValueInfoProto input : graph.getInputList()) {
      if (!initializers.contains(input.getName())) {
        varying.add(input.getName());
      }
    }
    for (NodeProto node : graph.getNodeList()) {
      boolean varies = node.getInputList().stream().anyMatch(varying::contains);
      for (String output : node.getOutputList()) {
        makers.put(output, node);
        if (varies && !output.isEmpty()) {
          varying.add(output);
        }
      }
    }
  }

  /** The sections of a graph. */
  public static Sections of(CompiledModel model) {
    return new Sections(model);
  }

  /**
   * The values that have to be kept once some values are computed, so that others can be computed
   * from them.
   *
   * @param reached values up to which the graph has been run
   * @param wanted values that are still wanted; those among them that are there already are kept
   */
  public NavigableSet<String> alive(Collection<String> reached, Collection<String> wanted) {
    Set<NodeProto> done = leadingTo(reached, Set.of());
    Set<String> there = new HashSet<>(model.inputs().keySet());
    done.forEach(node -> there.addAll(node.getOutputList()));
    there.retainAll(varying);
    NavigableSet<String> alive = new TreeSet<>();
    for (NodeProto node : leadingTo(wanted, there)) {
      node.getInputList().stream().filter(there::contains).forEach(alive::add);
    }
    wanted.stream().filter(there::contains).forEach(alive::add);
    return alive;
  }

  /**
   * The part of the graph that leads from some values to others.
   *
   * @param from what is given, as it came out of the section before; the graph's own inputs among
   *     them
   * @param to what is wanted
   */
  public CompiledModel section(Collection<Port> from, Collection<String> to) {
    Set<String> given = new HashSet<>();
    from.forEach(port -> given.add(port.name()));
    Set<NodeProto> nodes = leadingTo(to, given);
    Set<String> used = new HashSet<>();
    nodes.forEach(node -> used.addAll(node.getInputList()));
    GraphProto.Builder section = GraphProto.newBuilder().setName(graph.getName()).addAllNode(nodes);
    from.stream()
        .filter(port -> used.contains(port.name()))
        .map(Ports::proto)
        .forEach(section::addInput);
    // The runtime infers the types of outputs.
    to.forEach(name -> section.addOutput(ValueInfoProto.newBuilder().setName(name)));
    SortedMap<String, Extent> externals = new TreeMap<>();
    for (TensorProto tensor : graph.getInitializerList()) {
      if (used.contains(tensor.getName())) {
        section.addInitializer(tensor);
        Extent extent = model.externals().get(tensor.getName());
        if (extent != null) {
          externals.put(tensor.getName(), extent);
        }
      }
    }
    ModelProto whole = model.skeleton().toBuilder().setGraph(section).build();
    return new CompiledModel(whole, externals, model.facts());
  }

  /** The nodes that have to run to get from what is given to what is wanted, in their order. */
  private Set<NodeProto> leadingTo(Collection<String> wanted, Set<String> given) {
    Set<String> needed = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(wanted);
    while (!open.isEmpty()) {
      String value = open.pop();
      NodeProto maker = makers.get(value);
      if (maker != null && !given.contains(value) && needed.add(value)) {
        open.addAll(maker.getInputList());
      }
    }
    List<NodeProto> nodes = new ArrayList<>(graph.getNodeList());
    nodes.removeIf(node -> node.getOutputList().stream().noneMatch(needed::contains));
    return new LinkedHashSet<>(nodes);
  }
}
