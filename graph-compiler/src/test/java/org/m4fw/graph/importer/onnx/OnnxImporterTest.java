package org.m4fw.graph.importer.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.LegalizeError;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.onnx.proto.AttributeProto;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.OperatorSetIdProto;
import org.m4fw.graph.onnx.proto.StringStringEntryProto;
import org.m4fw.graph.onnx.proto.TensorProto;
import org.m4fw.graph.onnx.proto.TensorShapeProto;
import org.m4fw.graph.onnx.proto.TypeProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;
import org.m4fw.targets.Targets;

/** What an ONNX file becomes, and which are refused. */
final class OnnxImporterTest {
  private static final int FLOAT = 1;
  private static final int DOUBLE = 11;
  private static final int HALF = 10;

  @TempDir Path directory;

  private final GraphProto.Builder graph =
      GraphProto.newBuilder().addInput(port("x", FLOAT)).addOutput(port("y", FLOAT));
  private final ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8);
  private long opset = 17;

  @Test
  void aProductOfTransposedRowsIsALinearLayerWithABias() throws IOException {
    floats("w", 3, 4);
    floats("b", 3);
    node("Gemm", List.of("x", "w", "b"), integer("transB", 1));
    Operator.Linear linear = assertInstanceOf(Operator.Linear.class, only(read()).operator());
    assertEquals("w", linear.weight());
    assertEquals("b", linear.bias().orElseThrow());
  }

  @Test
  void whatElseIsAddedToALayerIsAdded() throws IOException {
    floats("w", 3, 4);
    floats("b", 1, 3);
    node("Gemm", List.of("x", "w", "b"), integer("transB", 1));
    List<Node> nodes = read().nodes();
    assertInstanceOf(Operator.Linear.class, nodes.get(0).operator());
    assertInstanceOf(Operator.Add.class, nodes.get(1).operator());
    assertEquals(List.of("y.sum", "b"), nodes.get(1).inputs());
  }

  @Test
  void aMatrixThatIsUsedOtherwiseTooStaysAsItIs() throws IOException {
    floats("w", 4, 4);
    node("Gemm", List.of("x", "w"), "h", integer("transB", 1));
    node("Add", List.of("h", "w"), "y");
    Graph read = read();
    assertEquals(Weight.Role.PARAMETER, weight(read, "w").role());
    assertInstanceOf(Operator.Primitive.class, read.nodes().getFirst().operator());
  }

  @Test
  void rowsLookedUpAreATable() throws IOException {
    floats("w", 9, 4);
    graph.clearInput().addInput(port("x", 7));
    node("Gather", List.of("w", "x"));
    Graph read = read();
    assertEquals(Weight.Role.EMBEDDING, weight(read, "w").role());
    assertInstanceOf(Operator.Embedding.class, only(read).operator());
  }

  @Test
  void kernelsOfConvolutionsAreKnownAsSuch() throws IOException {
    floats("w", 3, 4, 1);
    node("Conv", List.of("x", "w"));
    assertEquals(Weight.Role.CONVOLUTION, weight(read(), "w").role());
  }

  @Test
  void axesOfOldReductionsBecomeAnInput() throws IOException {
    AttributeProto.Builder axes =
        AttributeProto.newBuilder()
            .setName("axes")
            .setType(AttributeProto.AttributeType.INTS)
            .addInts(1);
    node("ReduceMean", List.of("x"), axes);
    Graph read = read();
    assertEquals(List.of("x", "y.axes"), only(read).inputs());
    assertEquals(Operator.Primitive.of("ReduceMean"), only(read).operator());
    assertArrayEquals(Literal.int64(1).bytes(), literal(read, "y.axes").bytes());
  }

  @Test
  void oldSplitsSayIntoHowMany() throws IOException {
    graph.addNode(
        NodeProto.newBuilder().setOpType("Split").addInput("x").addOutput("y").addOutput("z"));
    assertEquals(
        Operator.Primitive.of("", "Split", Map.of("num_outputs", new Operator.Attribute.Int(2))),
        only(read()).operator());
  }

  @Test
  void constantsBecomeLiterals() throws IOException {
    TensorProto.Builder value = TensorProto.newBuilder().setDataType(FLOAT).addFloatData(2);
    node(
        "Constant",
        List.of(),
        "two",
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeProto.AttributeType.TENSOR)
            .setT(value));
    node("Mul", List.of("x", "two"));
    Graph read = read();
    assertEquals(1, read.nodes().size());
    assertEquals(ElementType.FLOAT32, literal(read, "two").type());
    assertArrayEquals(new byte[] {0, 0, 0, 0x40}, literal(read, "two").bytes());
  }

  @Test
  void castsToFloatFollowTheArithmeticOfTheTarget() throws IOException {
    node("Cast", List.of("x"), integer("to", FLOAT));
    assertEquals(new Operator.Cast(ElementType.FLOAT32), only(read()).operator());
  }

  @Test
  void axesWithoutNamesGetSome() throws IOException {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dimension.getDefaultInstance());
    graph.getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder().setShape(shape);
    node("Relu", List.of("x"));
    assertEquals("FLOAT32 [x.0]", read().inputs().getFirst().describe());
  }

  @Test
  void operatorsThatTheTargetLacksAreRefusedWhenItIsKnown() throws IOException {
    node("Hardmax", List.of("x"));
    Graph read = read();
    ProblemException problem =
        assertThrows(ProblemException.class, () -> Legalizer.legalize(read, Targets.find("host")));
    assertEquals(LegalizeError.UNSUPPORTED_OPERATOR, problem.problem().code());
  }

  @Test
  void otherVersionsAreRefused() throws IOException {
    node("Relu", List.of("x"));
    opset = 12;
    refused(OnnxImportError.OPSET);
    opset = 22;
    refused(OnnxImportError.OPSET);
    opset = 21;
    model.setIrVersion(6);
    refused(OnnxImportError.IR_VERSION);
    model.setIrVersion(14);
    refused(OnnxImportError.IR_VERSION);
  }

  @Test
  void operatorsWhoseMeaningChangedAreRefused() throws IOException {
    opset = 20;
    node("GroupNormalization", List.of("x", "x", "x"));
    refused(OnnxImportError.CHANGED_OPERATOR);
  }

  @Test
  void imagesEnlargedInTheOldWayAreRefused() throws IOException {
    node("Resize", List.of("x"));
    refused(OnnxImportError.CHANGED_OPERATOR);
  }

  @Test
  void normalizationForTrainingIsRefused() throws IOException {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType("BatchNormalization")
            .addInput("x")
            .addOutput("y")
            .addOutput("mean"));
    refused(OnnxImportError.CHANGED_OPERATOR);
  }

  @Test
  void otherDomainsAreRefused() throws IOException {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType("FusedMatMul")
            .setDomain("com.microsoft")
            .addInput("x")
            .addOutput("y"));
    refused(OnnxImportError.DOMAIN);
  }

  @Test
  void graphsWithinTheGraphAreRefused() throws IOException {
    UnknownFieldSet.Field body =
        UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.EMPTY).build();
    for (String type : List.of("If", "Loop", "Scan", "Constant")) {
      graph.clearNode();
      node(
          type,
          List.of("x"),
          AttributeProto.newBuilder()
              .setName("body")
              .setType(AttributeProto.AttributeType.GRAPH)
              .setUnknownFields(UnknownFieldSet.newBuilder().addField(6, body).build()));
      refused(OnnxImportError.SUBGRAPH);
    }
  }

  @Test
  void attributesOfOtherTypesAreRefused() throws IOException {
    node(
        "Relu",
        List.of("x"),
        AttributeProto.newBuilder()
            .setName("a")
            .setType(AttributeProto.AttributeType.FLOATS)
            .addFloats(1));
    refused(OnnxImportError.ATTRIBUTE);
  }

  @Test
  void otherElementTypesAreRefused() throws IOException {
    node("Relu", List.of("x"));
    graph.setInput(0, port("x", DOUBLE));
    refused(OnnxImportError.ELEMENT_TYPE);
    graph.setInput(0, port("x", HALF));
    refused(OnnxImportError.ELEMENT_TYPE);
    graph.setInput(0, port("x", FLOAT)).clearNode();
    node("Cast", List.of("x"), integer("to", HALF));
    refused(OnnxImportError.ELEMENT_TYPE);
    graph.clearNode();
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName("d")
            .setDataType(DOUBLE)
            .setRawData(ByteString.copyFrom(new byte[8])));
    node("Add", List.of("x", "d"));
    refused(OnnxImportError.ELEMENT_TYPE);
  }

  @Test
  void sequencesAndShapelessInputsAreRefused() throws IOException {
    node("Relu", List.of("x"));
    graph.getInputBuilder(0).clearType();
    refused(OnnxImportError.NO_SHAPE);
  }

  @Test
  void stepsInAnotherOrderAreRefused() throws IOException {
    node("Relu", List.of("h"), "y");
    node("Relu", List.of("x"), "h");
    refused(OnnxImportError.UNDEFINED);
  }

  @Test
  void valuesDefinedTwiceAreRefused() throws IOException {
    node("Relu", List.of("x"));
    node("Relu", List.of("x"));
    refused(OnnxImportError.DEFINED_TWICE);
  }

  @Test
  void namesOfCompilationAreRefused() throws IOException {
    floats("w", 2, 2);
    node("Relu", List.of("w"), "w.cast");
    node("Add", List.of("x", "w.cast"));
    refused(OnnxImportError.RESERVED_NAME);
  }

  @Test
  void outputsThatNothingComputesAreRefused() throws IOException {
    refused(OnnxImportError.NOT_COMPUTED);
  }

  @Test
  void aGraphWithoutOutputsIsRefused() throws IOException {
    graph.clearOutput();
    refused(OnnxImportError.EMPTY);
  }

  @Test
  void constantsOfWrongSizeAreRefused() throws IOException {
    node(
        "Constant",
        List.of(),
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeProto.AttributeType.TENSOR)
            .setT(TensorProto.newBuilder().setDataType(FLOAT).addDims(1L << 40).addFloatData(1)));
    refused(OnnxImportError.MALFORMED);
  }

  @Test
  void graphsThatM4fwCompiledAreNoComponents() throws IOException {
    node("Relu", List.of("x"));
    String facts =
        "{\"adapter_inputs\":\"none\",\"architecture\":\"onnx\",\"arithmetic\":\"float32\","
            + "\"attachment_points\":[],\"target\":\"host\",\"tokens\":{\"end\":[]},\"version\":1}";
    model.addMetadataProps(StringStringEntryProto.newBuilder().setKey("m4fw").setValue(facts));
    refused(OnnxImportError.COMPILED);
  }

  private Graph read() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(write())) {
      return ModelImporter.importModel(checkpoint).part("graph");
    }
  }

  private void refused(OnnxImportError code) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(write())) {
      ProblemException problem =
          assertThrows(
              ProblemException.class, () -> ModelImporter.importModel(checkpoint), code.name());
      assertEquals(code, problem.problem().code(), problem.problem().text());
    }
  }

  private Path write() throws IOException {
    model.setProducerName("a test").setGraph(graph).clearOpsetImport();
    model.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset));
    Path file = directory.resolve("model.onnx");
    Files.write(file, model.build().toByteArray());
    return file;
  }

  private void floats(String name, long... dims) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(FLOAT);
    int count = 1;
    for (long dim : dims) {
      tensor.addDims(dim);
      count *= (int) dim;
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
    graph.addInitializer(tensor.setRawData(ByteString.copyFrom(bytes)));
  }

  private void node(String type, List<String> inputs, AttributeProto.Builder... attributes) {
    node(type, inputs, "y", attributes);
  }

  private void node(
      String type, List<String> inputs, String output, AttributeProto.Builder... attributes) {
    NodeProto.Builder node =
        NodeProto.newBuilder().setOpType(type).addAllInput(inputs).addOutput(output);
    List.of(attributes).forEach(node::addAttribute);
    graph.addNode(node);
  }

  private static AttributeProto.Builder integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value);
  }

  private static ValueInfoProto port(String name, int type) {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(4));
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private static Node only(Graph graph) {
    assertEquals(1, graph.nodes().size());
    return graph.nodes().getFirst();
  }

  private static Weight weight(Graph graph, String name) {
    return Objects.requireNonNull(new TreeMap<>(graph.weights()).get(name));
  }

  private static Literal literal(Graph graph, String name) {
    return Objects.requireNonNull(new TreeMap<>(graph.literals()).get(name));
  }
}
