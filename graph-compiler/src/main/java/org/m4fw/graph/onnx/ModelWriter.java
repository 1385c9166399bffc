package org.m4fw.graph.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.legalize.LegalizeError;
import org.m4fw.graph.onnx.proto.AttributeProto;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.OperatorSetIdProto;
import org.m4fw.graph.onnx.proto.TensorProto;
import org.m4fw.targets.Target;

/** Collects nodes and initializers of an ONNX graph; refuses operators that the target lacks. */
final class ModelWriter {
  private static final String MICROSOFT = "com.microsoft";

  private final Target target;
  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final SortedMap<String, Extent> externals = new TreeMap<>();
  private final Set<String> initializers = new HashSet<>();
  private final Set<String> values = new HashSet<>();

  ModelWriter(Target target) {
    this.target = target;
  }

  Target target() {
    return target;
  }

  void input(Port port) {
    graph.addInput(Ports.proto(port));
  }

  void output(Port port) {
    graph.addOutput(Ports.proto(port));
  }

  boolean hasValue(String name) {
    return values.contains(name);
  }

  /** A node with one output; gives the output's name. */
  String node(
      String domain,
      String type,
      Map<String, Operator.Attribute> attributes,
      String output,
      String... inputs) {
    node(output, Operator.Primitive.of(domain, type, attributes), List.of(inputs), List.of(output));
    return output;
  }

  void node(String name, Operator.Primitive primitive, List<String> inputs, List<String> outputs) {
    if (!target.supports(primitive.domain(), primitive.type())) {
      throw LegalizeError.UNSUPPORTED_OPERATOR.at(target.id(), name, primitive.type());
    }
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setName(name)
            .setDomain(primitive.domain())
            .setOpType(primitive.type())
            .addAllInput(inputs)
            .addAllOutput(outputs);
    primitive.attributes().forEach((key, value) -> node.addAttribute(attribute(key, value)));
    graph.addNode(node);
    values.addAll(outputs);
  }

  /** An initializer whose bytes are in a file; gives its name. The same name is added once. */
  String external(String name, ElementType type, Shape shape, Extent extent) {
    if (initializers.add(name)) {
      externals.put(name, extent);
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName(name)
              .setDataType(type.onnxNumber())
              .addAllDims(shape.dims())
              .setDataLocation(TensorProto.DataLocation.EXTERNAL));
    }
    return name;
  }

  /** An initializer whose bytes are in the graph itself. */
  String literal(String name, Literal literal) {
    if (initializers.add(name)) {
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName(name)
              .setDataType(literal.type().onnxNumber())
              .addAllDims(literal.shape().dims())
              .setRawData(UnsafeByteOperations.unsafeWrap(literal.bytes())));
    }
    return name;
  }

  CompiledModel build(String name, GraphFacts facts) {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(target.runtime().irVersion())
            .setProducerName("m4fw")
            .setGraph(graph.setName(name))
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(target.runtime().opset()));
    boolean microsoft =
        graph.getNodeList().stream().anyMatch(node -> node.getDomain().equals(MICROSOFT));
    if (microsoft) {
      model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(MICROSOFT).setVersion(1));
    }
    model.addMetadataProps(
        CompiledModel.entry(GraphFacts.KEY, "").toBuilder()
            .setValueBytes(ByteString.copyFrom(facts.json())));
    return new CompiledModel(model.build(), externals, facts);
  }

  private static AttributeProto attribute(String name, Operator.Attribute value) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
    return switch (value) {
      case Operator.Attribute.Int i ->
          attribute.setType(AttributeProto.AttributeType.INT).setI(i.value()).build();
      case Operator.Attribute.Real r ->
          attribute.setType(AttributeProto.AttributeType.FLOAT).setF(r.value()).build();
      case Operator.Attribute.Text t ->
          attribute
              .setType(AttributeProto.AttributeType.STRING)
              .setS(ByteString.copyFromUtf8(t.value()))
              .build();
      case Operator.Attribute.Ints i ->
          attribute.setType(AttributeProto.AttributeType.INTS).addAllInts(i.values()).build();
    };
  }
}
