package org.m4fw.graph.importer.onnx;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.onnx.OnnxFile;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;

/**
 * A component of one part, {@code graph}, from an ONNX file: inputs, outputs and weights keep their
 * names. A Gemm over a matrix [out, in], and a MatMul over its Transpose, become linear layers, and
 * a Gather of the rows of a matrix a table, which can be stored in few bits; all else stays the
 * operator that it is, at version 21.
 */
public final class OnnxImporter {
  private static final String PART = "graph";
  private static final String LOGITS = "logits";

  private final String file;
  private final GraphProto source;
  private final SortedMap<String, Tensor> weights = new TreeMap<>();
  private final GraphBuilder graph = new GraphBuilder();
  private final Constants constants;
  private final Upgrade upgrade;
  private final Set<String> defined = new HashSet<>();
  private final Set<String> computed = new HashSet<>();

  private OnnxImporter(String file, ModelProto model) {
    this.file = file;
    this.source = model.getGraph();
    this.constants = new Constants(file);
    this.upgrade = new Upgrade(file, Header.opset(file, model), graph);
  }

  /**
   * The graph of an ONNX file.
   *
   * @param content of the file whose tensors the checkpoint has
   * @throws org.m4fw.base.problem.ProblemException with an {@link OnnxImportError}
   */
  public static Model build(Checkpoint checkpoint, OnnxFile content) {
    String file = content.file().toString();
    try {
      OnnxImporter importer = new OnnxImporter(file, ModelProto.parseFrom(content.graph()));
      return importer.build(checkpoint.tensors());
    } catch (InvalidProtocolBufferException e) {
      throw OnnxImportError.MALFORMED.at(file, "", String.valueOf(e.getMessage()));
    }
  }

  private Model build(SortedMap<String, Tensor> tensors) {
    initializers(tensors);
    inputs(tensors.keySet());
    Set<String> outputs = new HashSet<>();
    source.getOutputList().forEach(output -> outputs.add(output.getName()));
    WeightUses uses = WeightUses.of(source.getNodeList(), weights, outputs);
    SortedMap<String, Long> unused = new TreeMap<>();
    weights.forEach(
        (name, tensor) -> {
          if (uses.isUsed(name)) {
            Weight.Source.Stored stored = new Weight.Source.Stored(tensor);
            graph.weight(new Weight(name, uses.role(name), tensor.shape(), stored));
          } else {
            unused.put(name, tensor.shape().count());
          }
        });
    source.getNodeList().forEach(node -> node(node, uses));
    outputs();
    return Model.of(PART, graph.build("onnx", Optional.empty(), SpecialTokens.none()))
        .leavingOut(unused);
  }

  private void initializers(SortedMap<String, Tensor> tensors) {
    for (Tensor tensor : tensors.values()) {
      defined.add(tensor.name());
      Optional<Literal> constant = constants.of(tensor);
      if (constant.isPresent()) {
        graph.literal(tensor.name(), constant.get());
      } else {
        weights.put(tensor.name(), tensor);
      }
    }
  }

  /** An input with a default, as files before version 4 have for every weight, is a constant. */
  private void inputs(Set<String> withDefault) {
    for (ValueInfoProto input : source.getInputList()) {
      if (!withDefault.contains(input.getName())) {
        define(graph.input(GraphPorts.read(file, input)));
      }
    }
  }

  private void outputs() {
    if (source.getOutputCount() == 0) {
      throw OnnxImportError.EMPTY.at(file, "", "outputs");
    }
    Set<String> seen = new HashSet<>();
    for (ValueInfoProto output : source.getOutputList()) {
      Port port = GraphPorts.read(file, output);
      if (!seen.add(port.name())) {
        throw OnnxImportError.DEFINED_TWICE.at(file, port.name());
      }
      if (!computed.contains(port.name())) {
        throw OnnxImportError.NOT_COMPUTED.at(file, port.name());
      }
      graph.output(port);
      if (port.name().equals(LOGITS)) {
        logits(port);
      }
    }
  }

  /** Scores go out in float32 whatever the arithmetic, as those of all models do. */
  private void logits(Port port) {
    SortedMap<String, Attribute> to = new TreeMap<>();
    to.put("to", new Attribute.Int(port.type().onnxNumber()));
    graph.node(LOGITS, new Operator.Primitive("", "Cast", to), value(LOGITS));
  }

  private void node(NodeProto node, WeightUses uses) {
    String name = Attributes.name(node);
    if (!Header.isStandard(node.getDomain())) {
      throw OnnxImportError.DOMAIN.at(file, name, node.getDomain());
    }
    for (String input : node.getInputList()) {
      if (!input.isEmpty() && !defined.contains(input)) {
        throw OnnxImportError.UNDEFINED.at(file, name, input);
      }
    }
    List<String> outputs = node.getOutputList().stream().map(this::value).toList();
    if (outputs.stream().allMatch(String::isEmpty)) {
      throw OnnxImportError.EMPTY.at(file, name, "outputs");
    }
    node.getOutputList().stream().filter(output -> !output.isEmpty()).forEach(this::defineComputed);
    if (node.getOpType().equals("Constant")) {
      node.getAttributeList().forEach(value -> Attributes.refuseGraph(file, node, value));
      graph.literal(outputs.getFirst(), constants.of(node));
      return;
    }
    computed.addAll(node.getOutputList());
    if (uses.isAbsorbed(node)) {
      computed.remove(node.getOutput(0));
    } else {
      operator(node, uses, node.getInputList().stream().map(this::value).toList(), outputs);
    }
  }

  private void operator(
      NodeProto node, WeightUses uses, List<String> inputs, List<String> outputs) {
    String output = outputs.stream().filter(name -> !name.isEmpty()).findFirst().orElseThrow();
    if (uses.isLinear(node)) {
      linear(node, uses.linearMatrix(node), output);
    } else if (uses.isLookup(node)) {
      graph.node(output, new Operator.Embedding(inputs.getFirst()), inputs.get(1));
    } else {
      switch (node.getOpType()) {
        case "Cast" -> graph.node(output, cast(node), inputs.getFirst());
        case "ConstantOfShape" -> filled(node, output, inputs.getFirst());
        default -> primitive(node, inputs, outputs);
      }
    }
  }

  /** What a Gemm adds is a bias if it is one number for each output, else an addition. */
  private void linear(NodeProto node, String matrix, String output) {
    String added = node.getInputCount() > 2 ? node.getInput(2) : "";
    boolean bias = weights.containsKey(added) && weights.get(added).shape().rank() == 1;
    String product = added.isEmpty() || bias ? output : own(output + ".sum");
    graph.node(
        product,
        new Operator.Linear(matrix, Optional.of(added).filter(name -> bias), Optional.empty()),
        value(node.getInput(0)));
    if (!product.equals(output)) {
      graph.node(output, new Operator.Add(), product, value(added));
    }
  }

  private Operator cast(NodeProto node) {
    Attribute to = Attributes.read(file, node).get("to");
    if (!(to instanceof Attribute.Int(long number))) {
      throw OnnxImportError.MALFORMED.at(file, Attributes.name(node), "a Cast to no type");
    }
    return new Operator.Cast(
        ElementTypes.of(number)
            .orElseThrow(
                () ->
                    OnnxImportError.ELEMENT_TYPE.at(
                        file, Attributes.name(node), number, " to cast to")));
  }

  /** The value is a tensor within the node; it becomes one beside it, spread over the shape. */
  private void filled(NodeProto node, String output, String shape) {
    Literal value =
        node.getAttributeCount() == 0
            ? Literal.real(ElementType.FLOAT32, org.m4fw.checkpoint.Shape.of(), 0)
            : constants.of(output, node.getAttribute(0).getT());
    String spread = graph.literal(own(output + ".value"), value);
    graph.node(output, Operator.Primitive.of("Expand"), spread, shape);
  }

  private void primitive(NodeProto node, List<String> inputs, List<String> outputs) {
    String name = outputs.stream().filter(value -> !value.isEmpty()).findFirst().orElseThrow();
    SortedMap<String, Attribute> attributes = Attributes.read(file, node);
    List<String> upgraded =
        upgrade.apply(name, node.getOpType(), attributes, inputs, outputs.size());
    upgraded.subList(inputs.size(), upgraded.size()).forEach(this::own);
    graph.node(
        name,
        new Operator.Primitive("", node.getOpType(), attributes),
        node.getOpType().equals("Resize") ? wideFactors(name, upgraded) : upgraded,
        outputs);
  }

  /** Regions and factors of a Resize are float32 in every arithmetic. */
  private List<String> wideFactors(String name, List<String> inputs) {
    List<String> wide = new ArrayList<>(inputs);
    SortedMap<String, Attribute> to = new TreeMap<>();
    to.put("to", new Attribute.Int(ElementType.FLOAT32.onnxNumber()));
    for (int i = 1; i < Math.min(3, inputs.size()); i++) {
      if (!inputs.get(i).isEmpty()) {
        Operator cast = new Operator.Primitive("", "Cast", to);
        wide.set(i, graph.node(own(name + ".wide." + i), cast, inputs.get(i)));
      }
    }
    return wide;
  }

  /** The name of a value in the graph: its own, but for scores that are yet to be cast. */
  private String value(String name) {
    boolean cast =
        name.equals(LOGITS)
            && source.getOutputList().stream().anyMatch(port -> port.getName().equals(LOGITS));
    return cast ? LOGITS + ".computed" : name;
  }

  /** A name for a value that the file does not know. */
  private String own(String name) {
    define(name);
    return name;
  }

  /** Names that compilation gives to the steps around a weight or a layer are not free. */
  private void defineComputed(String value) {
    boolean taken =
        value.startsWith("const.int64.")
            || value.equals(LOGITS + ".computed")
            || (value.endsWith(".product")
                && defined.contains(value.substring(0, value.lastIndexOf('.'))));
    for (int dot = value.indexOf('.'); dot >= 0; dot = value.indexOf('.', dot + 1)) {
      taken |= weights.containsKey(value.substring(0, dot));
    }
    if (taken) {
      throw OnnxImportError.RESERVED_NAME.at(file, value);
    }
    define(value);
  }

  private void define(String value) {
    if (!defined.add(value)) {
      throw OnnxImportError.DEFINED_TWICE.at(file, value);
    }
  }
}
