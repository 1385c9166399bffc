package org.m4fw.graph.onnx;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.QuantizedGraph;

/** Writes a quantized graph as ONNX. */
public final class OnnxCompiler {
  private final QuantizedGraph source;
  private final ModelWriter out;
  private final WeightNodes weights;
  private final ActivationNodes activations;

  private OnnxCompiler(QuantizedGraph source) {
    this.source = source;
    this.out = new ModelWriter(source.target().target());
    this.weights = new WeightNodes(out, source.target().arithmetic());
    this.activations = new ActivationNodes(out, source.target().arithmetic(), source.activations());
  }

  /**
   * Compiles a graph.
   *
   * @param name of the component, as the graph will be called
   * @throws org.m4fw.base.problem.ProblemException with an {@link OnnxError} if a weight is stored
   *     in a way that the target cannot read
   */
  public static CompiledModel compile(String name, QuantizedGraph graph) {
    return new OnnxCompiler(graph).compile(name);
  }

  private CompiledModel compile(String name) {
    Graph graph = source.target().graph();
    graph.inputs().forEach(out::input);
    graph.literals().forEach(out::literal);
    graph.nodes().forEach(this::emit);
    graph.outputs().forEach(out::output);
    graph.replaceable().forEach(weight -> slot(graph, weight));
    return out.build(
        name,
        new GraphFacts(
            graph.architecture(),
            source.target().target().id(),
            source.target().arithmetic(),
            source.target().adapterInputs(),
            graph.decoder(),
            graph.specialTokens(),
            graph.attachmentPoints()));
  }

  /**
   * An initializer that is an input too may be overridden. What is quantized may not, as an adapter
   * has no such numbers; nor what is converted, on which ONNX Runtime 1.29 crashes.
   */
  private void slot(Graph graph, String name) {
    if (source.target().adapterInputs() != AdapterInputs.OPTIONAL) {
      return;
    }
    EncodedWeight weight = source.weights().get(name);
    Literal literal = graph.literals().get(name);
    if (weight != null
        && weight.encoding() instanceof Encoding.Plain(DType dtype)
        && WeightNodes.elementType(dtype) == source.target().arithmetic()) {
      slot(name, WeightNodes.elementType(dtype), weight.weight().shape());
    } else if (literal != null) {
      slot(name, literal.type(), literal.shape());
    }
  }

  private void slot(String name, ElementType type, Shape shape) {
    List<Port.Dim> dims = new ArrayList<>();
    shape.dims().forEach(dim -> dims.add(Port.fixed(dim)));
    out.input(new Port(name, type, dims));
  }

  private void emit(Node node) {
    String output = node.outputs().getFirst();
    if (activations.isInteger(output)) {
      integer(node);
      return;
    }
    switch (node.operator()) {
      case Operator.Primitive primitive ->
          out.node(node.name(), primitive, withWeights(node.inputs()), node.outputs());
      case Operator.Linear linear -> linear(linear, node.inputs().getFirst(), output);
      case Operator.Embedding embedding ->
          new EmbeddingEmitter(weights)
              .emit(weight(embedding.weight()), node.inputs().getFirst(), output);
      default -> throw new IllegalStateException("legalized graphs hold no " + node.operator());
    }
  }

  /** An operator in whole numbers: every value that goes in or comes out is stored as planned. */
  private void integer(Node node) {
    List<String> sources = withWeights(node.inputs());
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      inputs.add(activations.input(node.inputs().get(i), sources.get(i)));
    }
    List<String> outputs = node.outputs().stream().map(activations::open).toList();
    switch (node.operator()) {
      case Operator.Primitive primitive -> out.node(outputs.getFirst(), primitive, inputs, outputs);
      case Operator.Linear linear -> linear(linear, inputs.getFirst(), outputs.getFirst());
      default -> throw new IllegalStateException("not in whole numbers: " + node.operator());
    }
    node.outputs().forEach(activations::close);
  }

  private void linear(Operator.Linear linear, String x, String output) {
    String product = linear.bias().isPresent() ? output + ".product" : output;
    new LinearEmitter(weights).emit(weight(linear.weight()), x, product);
    linear
        .bias()
        .ifPresent(
            bias -> out.node("", "Add", java.util.Map.of(), output, product, plain(weight(bias))));
  }

  /** Inputs that are weights themselves, such as gains of norms, become initializers. */
  private List<String> withWeights(List<String> inputs) {
    return inputs.stream()
        .map(input -> source.weights().containsKey(input) ? dense(weight(input)) : input)
        .toList();
  }

  /** Also of a kernel that is stored in eight bits, for devices that compute in these. */
  private String dense(EncodedWeight weight) {
    return weight.encoding() instanceof Encoding.Int8PerChannel
            && weight.layout() == Layout.CANONICAL
        ? weights.dense(weight)
        : plain(weight);
  }

  private String plain(EncodedWeight weight) {
    if (weight.encoding() instanceof Encoding.Plain(DType dtype)) {
      return weights.plain(weight, dtype);
    }
    throw OnnxError.UNSUPPORTED_ENCODING.at(
        weight.weight().name(), "", weight.encoding().id(), out.target().id());
  }

  private EncodedWeight weight(String name) {
    EncodedWeight weight = source.weights().get(name);
    if (weight == null) {
      throw new IllegalStateException("no weight " + name);
    }
    return weight;
  }
}
