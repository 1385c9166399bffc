package org.m4fw.graph.ir;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Collects the parts of a {@link Graph} in the order in which they can be computed. A node's name
 * is a path, such as {@code model.layers.0.self_attn.q_proj}; its first output is named after it.
 */
public final class GraphBuilder {
  private final List<Port> inputs = new ArrayList<>();
  private final List<Port> outputs = new ArrayList<>();
  private final Set<String> values = new HashSet<>();
  private final List<Node> nodes = new ArrayList<>();
  private final SortedMap<String, Weight> weights = new TreeMap<>();
  private final SortedMap<String, Literal> literals = new TreeMap<>();
  private final List<AttachmentPoint> attachmentPoints = new ArrayList<>();
  private final SortedSet<String> replaceable = new TreeSet<>();

  /** Adds an input and gives its name. */
  public String input(Port port) {
    inputs.add(port);
    return port.name();
  }

  public void output(Port port) {
    outputs.add(port);
  }

  /** Adds a weight, once; gives its name. */
  public String weight(Weight weight) {
    weights.put(weight.name(), weight);
    return weight.name();
  }

  /** Adds a constant and gives its name; the same name again has to mean the same constant. */
  public String literal(String name, Literal literal) {
    literals.putIfAbsent(name, literal);
    return name;
  }

  public boolean hasLiteral(String name) {
    return literals.containsKey(name);
  }

  public boolean hasInput(String name) {
    return inputs.stream().anyMatch(port -> port.name().equals(name));
  }

  /** Whether a node gives a value of this name. */
  public boolean hasValue(String name) {
    return values.contains(name);
  }

  public void attachmentPoint(AttachmentPoint point) {
    attachmentPoints.add(point);
  }

  /** Lets adapters bring a weight of their own in the place of this one. */
  public void replaceable(String weight) {
    replaceable.add(weight);
  }

  /** Adds a node with one output, named after it, and gives the output's name. */
  public String node(String name, Operator operator, String... nodeInputs) {
    return node(name, operator, List.of(nodeInputs), List.of(name)).getFirst();
  }

  /** Adds a node and gives the names of its outputs. */
  public List<String> node(
      String name, Operator operator, List<String> nodeInputs, List<String> nodeOutputs) {
    values.addAll(nodeOutputs);
    nodes.add(new Node(name, operator, nodeInputs, nodeOutputs));
    return nodeOutputs;
  }

  public Graph build(
      String architecture, Optional<DecoderGeometry> decoder, SpecialTokens specialTokens) {
    return new Graph(
        architecture,
        inputs,
        outputs,
        nodes,
        weights,
        literals,
        decoder,
        specialTokens,
        attachmentPoints,
        replaceable);
  }
}
