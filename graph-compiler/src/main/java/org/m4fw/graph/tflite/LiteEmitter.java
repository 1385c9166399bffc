package org.m4fw.graph.tflite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Primitive;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.tflite.LiteModel.Signature;

/** Turns a graph with fixed sizes into operations of LiteRT. */
final class LiteEmitter {
  /** What devices take. */
  private static final int MOST_AXES = 4;

  private final FixedGraph source;
  private final LiteGraph graph;
  private final LiteValues values;
  private final Map<String, Node> makers = new HashMap<>();

  private LiteEmitter(
      FixedGraph source,
      SortedMap<String, EncodedWeight> weights,
      Optional<ActivationPlan> plan,
      LiteBuffers buffers) {
    this.source = source;
    this.graph = new LiteGraph(buffers);
    this.values =
        new LiteValues(
            source, weights, graph, plan.map(measured -> LiteNumbers.of(source, measured)));
  }

  /**
   * Emits a graph.
   *
   * @param key the name of its signature
   * @param plan how its values are stored, if as whole numbers
   * @throws org.m4fw.base.problem.ProblemException with a {@link LiteError}
   */
  static Signature emit(
      String key,
      FixedGraph source,
      SortedMap<String, EncodedWeight> weights,
      Optional<ActivationPlan> plan,
      LiteBuffers buffers) {
    return new LiteEmitter(source, weights, plan, buffers).emit(key);
  }

  private Signature emit(String key) {
    SortedMap<String, Integer> inputs = new TreeMap<>();
    for (Port port : source.graph().inputs()) {
      // Devices refuse tensors without elements; nothing is computed from them.
      if (source.value(port.name()).count() > 0) {
        inputs.put(port.name(), input(port.name()));
      }
    }
    for (Node node : source.graph().nodes()) {
      node.outputs().forEach(output -> makers.put(output, node));
      emit(node);
    }
    SortedMap<String, Integer> outputs = new TreeMap<>();
    for (Port port : source.graph().outputs()) {
      outputs.put(port.name(), output(port.name(), inputs));
    }
    return new Signature(key, graph.tensors(), inputs, outputs, graph.operations(outputs.values()));
  }

  /** An input of more than four axes that is only reshaped has its outer axes as one. */
  private int input(String name) {
    List<Long> dims = source.value(name).dims();
    boolean reshaped =
        source.graph().nodes().stream()
            .filter(node -> node.inputs().contains(name))
            .allMatch(
                node ->
                    node.operator() instanceof Primitive primitive
                        && primitive.type().equals("Reshape"));
    if (dims.size() <= MOST_AXES || !reshaped) {
      return values.output(name);
    }
    int merged = dims.size() - MOST_AXES + 1;
    List<Long> fewer = new ArrayList<>(dims.subList(merged, dims.size()));
    fewer.addFirst(dims.subList(0, merged).stream().reduce(1L, Math::multiplyExact));
    int tensor = values.output(name, LiteValues.shape(fewer));
    values.put(name, tensor);
    return tensor;
  }

  /** An output that is an input or a constant is copied: it has to be somebody's result. */
  private int output(String name, Map<String, Integer> inputs) {
    int tensor = values.tensor(name);
    boolean computed = graph.tensor(tensor).buffer() == 0 && !inputs.containsValue(tensor);
    return computed ? tensor : graph.reshape(name, name + ".copy", tensor, graph.shape(tensor));
  }

  private void emit(Node node) {
    String output = node.outputs().getFirst();
    switch (node.operator()) {
      case Operator.Linear linear ->
          new LinearOperations(graph, values)
              .emit(node.name(), linear, node.inputs().getFirst(), output);
      case Primitive primitive -> primitive(node, primitive);
      default ->
          throw LiteError.NO_EQUIVALENT.at(
              node.name(),
              "",
              node.operator().getClass().getSimpleName(),
              "lookups are the host's");
    }
  }

  private void primitive(Node node, Primitive operator) {
    MovementOperations movement = new MovementOperations(graph, values);
    ArithmeticOperations arithmetic = new ArithmeticOperations(graph, values, makers);
    switch (operator.type()) {
      case "Conv" -> new ConvolutionOperations(graph, values).convolution(node, operator);
      case "ConvTranspose" -> new ConvolutionOperations(graph, values).transposed(node, operator);
      case "MatMul" -> product(node, arithmetic);
      case "Softmax" -> arithmetic.softmax(node, operator);
      case "ReduceMean" -> arithmetic.reduce(node, operator, BuiltinOperator.MEAN);
      case "ReduceSum" -> arithmetic.reduce(node, operator, BuiltinOperator.SUM);
      case "ReduceMax" -> arithmetic.reduce(node, operator, BuiltinOperator.REDUCE_MAX);
      case "Reshape", "Squeeze", "Unsqueeze", "Flatten" -> movement.reshape(node);
      case "Identity" -> movement.identity(node);
      case "Transpose" -> {
        if (!isLayers(node)) {
          movement.transpose(node, operator);
        }
      }
      case "Concat" -> movement.concat(node, operator);
      case "Slice" -> movement.slice(node);
      case "Gather" -> movement.gather(node, operator);
      case "Pad" -> movement.pad(node, operator);
      case "Resize" -> movement.resize(node, operator);
      default -> arithmetic.elementwise(node, operator);
    }
  }

  /** A given matrix that is turned over for a product is the weight of a layer, as it is. */
  private void product(Node node, ArithmeticOperations arithmetic) {
    Node maker = makers.get(node.inputs().get(1));
    if (maker != null && isLayers(maker)) {
      new LinearOperations(graph, values)
          .given(
              node.name(),
              node.inputs().getFirst(),
              maker.inputs().getFirst(),
              node.outputs().getFirst());
      return;
    }
    arithmetic.same(
        node,
        BuiltinOperator.BATCH_MATMUL,
        new LiteModel.Option.Flag(0, false),
        new LiteModel.Option.Flag(1, false));
  }

  /** Whether it turns a matrix over that is given when the graph runs, for products alone. */
  private boolean isLayers(Node node) {
    String matrix = node.inputs().getFirst();
    String turned = node.outputs().getFirst();
    return node.operator() instanceof Primitive primitive
        && primitive.type().equals("Transpose")
        && source.value(matrix).rank() == 2
        && source.graph().inputs().stream().anyMatch(port -> port.name().equals(matrix))
        && source.graph().outputs().stream().noneMatch(port -> port.name().equals(turned))
        && source.graph().nodes().stream()
            .filter(reader -> reader.inputs().contains(turned))
            .allMatch(reader -> multipliesWith(reader, turned));
  }

  private static boolean multipliesWith(Node reader, String right) {
    return reader.operator() instanceof Primitive primitive
        && primitive.type().equals("MatMul")
        && reader.inputs().get(1).equals(right)
        && !reader.inputs().get(0).equals(right);
  }
}
