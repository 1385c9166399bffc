package org.m4fw.graph.fixed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.fixed.FixedGraph.ValueType;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.shape.PrimitiveShapes;
import org.m4fw.graph.shape.UnknownShapeException;
import org.m4fw.graph.shape.Value;

/**
 * Gives a legalized graph fixed sizes: binds the symbolic axes of its inputs, computes what is then
 * constant, and leaves out what nothing needs any more.
 */
public final class SizeBinding {
  /** Larger weights are not read to compute with them. */
  private static final long MOST_WEIGHT_ELEMENTS = 1L << 20;

  /** Nor larger ones for what a device cannot do with a weight itself. */
  private static final long MOST_ELEMENTS_OF_KERNELS = 1L << 22;

  /** How kernels are put together, see the importer's weight normalization. */
  private static final Set<String> OF_KERNELS = Set.of("Mul", "ReduceL2");

  private final String file;
  private final Graph source;
  private final Map<String, Long> sizes;
  private final Map<String, Numbers> constants = new HashMap<>();
  private final SortedMap<String, ValueType> types = new TreeMap<>();
  private final List<Node> kept = new ArrayList<>();

  private SizeBinding(String file, Graph source, Map<String, Long> sizes) {
    this.file = file;
    this.source = source;
    this.sizes = sizes;
  }

  /**
   * Binds a graph of primitives, linear layers and embeddings.
   *
   * @param file what it is, for messages
   * @param sizes of symbolic axes, by name; those that the graph does not have are ignored
   * @throws org.m4fw.base.problem.ProblemException with a {@link FixedError}
   */
  public static FixedGraph bind(String file, Graph graph, Map<String, Long> sizes) {
    return new SizeBinding(file, graph, sizes).bind();
  }

  private FixedGraph bind() {
    List<Port> inputs = source.inputs().stream().map(this::input).toList();
    source
        .weights()
        .forEach(
            (name, weight) ->
                types.put(name, new ValueType(ElementType.FLOAT32, weight.shape().dims())));
    source.literals().forEach(this::literal);
    source.nodes().forEach(this::node);
    List<Port> outputs =
        source.outputs().stream().map(port -> port(port.name(), require(port.name()))).toList();
    return live(inputs, outputs);
  }

  private static Port port(String name, ValueType value) {
    return new Port(name, value.type(), value.dims().stream().map(Port::fixed).toList());
  }

  private Port input(Port port) {
    List<Long> dims = new ArrayList<>();
    for (Port.Dim dim : port.dims()) {
      dims.add(
          switch (dim) {
            case Port.Dim.Fixed(long size) -> size;
            case Port.Dim.Symbolic(String name) -> {
              Long size = sizes.get(name);
              if (size == null) {
                throw FixedError.SIZE_MISSING.at(file, port.name(), name);
              }
              yield size;
            }
          });
    }
    types.put(port.name(), new ValueType(port.type(), dims));
    return port(port.name(), require(port.name()));
  }

  private void literal(String name, Literal literal) {
    types.put(name, new ValueType(literal.type(), literal.shape().dims()));
    Numbers.of(literal).ifPresent(numbers -> constants.put(name, numbers));
  }

  private ValueType require(String name) {
    ValueType value = types.get(name);
    if (value == null) {
      throw new IllegalStateException("no value " + name);
    }
    return value;
  }

  private void node(Node node) {
    switch (node.operator()) {
      case Operator.Linear linear ->
          keep(
              node,
              with(require(node.inputs().getFirst()), require(linear.weight()).dims().get(0)));
      case Operator.Embedding embedding -> {
        List<Long> dims = new ArrayList<>(require(node.inputs().getFirst()).dims());
        dims.add(require(embedding.weight()).dims().get(1));
        keep(node, new ValueType(ElementType.FLOAT32, dims));
      }
      case Operator.Primitive primitive -> primitive(node, primitive);
      default -> throw new IllegalStateException("legalized graphs hold no " + node.operator());
    }
  }

  private static ValueType with(ValueType value, long last) {
    List<Long> dims = new ArrayList<>(value.dims().subList(0, value.rank() - 1));
    dims.add(last);
    return new ValueType(value.type(), dims);
  }

  private void keep(Node node, ValueType... outputs) {
    kept.add(node);
    for (int i = 0; i < outputs.length; i++) {
      types.put(node.outputs().get(i), outputs[i]);
    }
  }

  private void primitive(Node node, Operator.Primitive primitive) {
    List<String> in = node.inputs().stream().filter(name -> !name.isEmpty()).toList();
    String output = node.outputs().getFirst();
    try {
      Optional<List<Numbers>> numbers =
          node.outputs().size() == 1 && in.size() == node.inputs().size()
              ? constants(in, mostElements(primitive))
              : Optional.empty();
      Optional<Numbers> folded = numbers.flatMap(known -> Constants.fold(primitive, known));
      if (folded.isPresent()) {
        constant(output, folded.get());
        return;
      }
      List<Value> shapes =
          new PrimitiveShapes(primitive, in.stream().map(this::value).toList()).outputs();
      if (shapes.size() == 1 && shapes.getFirst().whole().isPresent()) {
        Value sizes = shapes.getFirst();
        constant(output, Numbers.whole(sizes.dims(), sizes.numbers()));
        return;
      }
      ElementType type =
          Elementwise.type(primitive, in.stream().map(name -> require(name).type()).toList());
      keep(node, shapes.stream().map(s -> new ValueType(type, s.dims())).toArray(ValueType[]::new));
    } catch (UnknownShapeException e) {
      throw FixedError.DATA_DEPENDENT.at(file, output, primitive.type());
    }
  }

  private static long mostElements(Operator.Primitive primitive) {
    return OF_KERNELS.contains(primitive.type()) ? MOST_ELEMENTS_OF_KERNELS : MOST_WEIGHT_ELEMENTS;
  }

  private void constant(String name, Numbers numbers) {
    constants.put(name, numbers);
    types.put(name, new ValueType(numbers.type(), numbers.dims()));
  }

  private Value value(String name) {
    Numbers known = constants.get(name);
    return known == null ? Value.of(require(name).dims()) : known.value();
  }

  /** All of these as numbers, if all are constant. */
  private Optional<List<Numbers>> constants(List<String> names, long mostElements) {
    List<Numbers> numbers = new ArrayList<>();
    for (String name : names) {
      Numbers known = constants.get(name);
      if (known == null && !readWeight(name, mostElements)) {
        return Optional.empty();
      }
      numbers.add(java.util.Objects.requireNonNull(constants.get(name)));
    }
    return Optional.of(numbers);
  }

  private boolean readWeight(String name, long mostElements) {
    Weight weight = source.weights().get(name);
    if (weight == null
        || weight.shape().count() > mostElements
        || !(weight.source() instanceof Weight.Source.Stored(var tensor))) {
      return false;
    }
    float[] floats = TensorFloats.all(tensor);
    double[] values = new double[floats.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
    constants.put(name, new Numbers(ElementType.FLOAT32, weight.shape().dims(), values));
    return true;
  }

  /** The graph of what its outputs need. */
  private FixedGraph live(List<Port> inputs, List<Port> outputs) {
    Set<String> needed = new HashSet<>();
    outputs.forEach(port -> needed.add(port.name()));
    List<Node> nodes = new ArrayList<>();
    for (Node node : kept.reversed()) {
      if (node.outputs().stream().anyMatch(needed::contains)) {
        nodes.addFirst(node);
        needed.addAll(node.inputs());
        needed.addAll(weights(node));
      }
    }
    SortedMap<String, Weight> weights = new TreeMap<>(source.weights());
    weights.keySet().retainAll(needed);
    SortedMap<String, Literal> literals = new TreeMap<>();
    for (String name : needed) {
      Literal given = source.literals().get(name);
      Numbers computed = constants.get(name);
      if (given != null) {
        literals.put(name, given);
      } else if (computed != null && !weights.containsKey(name)) {
        literals.put(name, computed.literal());
      }
    }
    SortedMap<String, ValueType> values = new TreeMap<>(types);
    Set<String> known = new HashSet<>(needed);
    nodes.forEach(node -> known.addAll(node.outputs()));
    inputs.forEach(port -> known.add(port.name()));
    values.keySet().retainAll(known);
    return new FixedGraph(
        new Graph(
            source.architecture(),
            inputs,
            outputs,
            nodes,
            weights,
            literals,
            source.decoder(),
            source.specialTokens(),
            source.attachmentPoints()),
        values);
  }

  private static List<String> weights(Node node) {
    return switch (node.operator()) {
      case Operator.Linear(String weight, Optional<String> bias, var attachment) ->
          bias.isPresent() ? List.of(weight, bias.get()) : List.of(weight);
      case Operator.Embedding(String weight, var attachment) -> List.of(weight);
      default -> List.of();
    };
  }
}
