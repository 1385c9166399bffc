package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
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

/** ONNX files of others: against PyTorch, and against the file itself in ONNX Runtime. */
final class OnnxParityTest {
  private static final int IN = 6;
  private static final int HIDDEN = 32;
  private static final int OUT = 5;

  @TempDir Path directory;

  private final ByteBuffer data = ByteBuffer.allocate(4 * 1024).order(ByteOrder.LITTLE_ENDIAN);
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("mlp");

  @Test
  void aConvolutionalNetworkExportedByPyTorchGivesItsNumbers() {
    Path golden = Models.golden("onnx-cnn");
    try (Checkpoint checkpoint = Checkpoint.open(golden.resolve("model.onnx"));
        MappedFile file = MappedFile.open(golden.resolve("expected.safetensors"))) {
      SortedMap<String, Tensor> tensors = SafetensorsReader.read(file).tensors();
      Tensor expected = requireNonNull(tensors.get("probabilities"));
      try (TensorRun run =
          TensorRun.execute(
              "expected", Models.compileParts(checkpoint, "host"), Optional.empty(), tensors)) {
        TensorRun.Output output = run.outputs().getFirst();
        assertEquals("probabilities", output.info().name());
        assertEquals(expected.shape(), output.info().shape());
        assertTrue(Deviation.relative(expected.data(), output.data()) <= 1e-5);
      }
    }
  }

  @Test
  void weightsBesideTheGraphGiveTheNumbersOfTheFileItself() throws IOException, OrtException {
    Path file = mlp();
    float[] input = new float[2 * IN];
    for (int i = 0; i < input.length; i++) {
      input[i] = (i % 5 - 2) / 3f;
    }
    float[] expected = original(file, input);
    Tensor x = floats("x", Shape.of(2, IN), input);
    try (Checkpoint checkpoint = Checkpoint.open(file);
        TensorRun run =
            TensorRun.execute(
                "input",
                Models.compileParts(checkpoint, "host"),
                Optional.empty(),
                new TreeMap<>(Map.of("x", x)))) {
      TensorRun.Output output = run.outputs().getFirst();
      assertEquals(Shape.of(2, OUT), output.info().shape());
      assertTrue(Deviation.relative(MemorySegment.ofArray(expected), output.data()) <= 1e-6);
    }
  }

  @Test
  void layersCanBeQuantizedAndAProductOfOtherOrderStays() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(mlp())) {
      Model model = ModelImporter.importModel(checkpoint);
      SortedMap<String, Weight> weights = model.weights();
      assertEquals(Weight.Role.LINEAR, requireNonNull(weights.get("first")).role());
      assertEquals(Weight.Role.BIAS, requireNonNull(weights.get("first.bias")).role());
      assertEquals(Weight.Role.PARAMETER, requireNonNull(weights.get("second")).role());
      assertEquals(Weight.Role.LINEAR, requireNonNull(weights.get("third")).role());
      assertEquals(Map.of("nobody", 1L * IN), model.leftOut());
    }
  }

  /** Gemm, Relu, MatMul [in, out], Add, MatMul by a Transpose, Softmax. */
  private Path mlp() throws IOException {
    external("first", HIDDEN, IN);
    external("first.bias", HIDDEN);
    external("second", HIDDEN, 8);
    external("second.bias", 8);
    external("third", OUT, 8);
    external("nobody", IN);
    node("Gemm", List.of("x", "first", "first.bias"), "a", integer("transB", 1));
    node("Relu", List.of("a"), "b");
    node("MatMul", List.of("b", "second"), "c");
    node("Add", List.of("c", "second.bias"), "d");
    node(
        "Transpose",
        List.of("third"),
        "turned",
        AttributeProto.newBuilder()
            .setName("perm")
            .setType(AttributeProto.AttributeType.INTS)
            .addInts(1)
            .addInts(0));
    node("MatMul", List.of("d", "turned"), "e");
    node("Softmax", List.of("e"), "y", integer("axis", -1));
    graph.addInput(port("x", IN)).addOutput(port("y", OUT));
    Path file = directory.resolve("model.onnx");
    Files.write(
        file,
        ModelProto.newBuilder()
            .setIrVersion(8)
            .setProducerName("a test")
            .setGraph(graph)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .build()
            .toByteArray());
    Files.createDirectories(directory.resolve("data"));
    Files.write(directory.resolve("data/weights.bin"), data.array());
    return file;
  }

  private static float[] original(Path file, float[] input) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor x =
            OnnxTensor.createTensor(environment, FloatBuffer.wrap(input), new long[] {2, IN});
        OrtSession.Result result = session.run(Map.of("x", x))) {
      OnnxTensor y = (OnnxTensor) result.get(0);
      float[] values = new float[2 * OUT];
      y.getFloatBuffer().get(values);
      return values;
    }
  }

  private void external(String name, long... dims) {
    Shape shape = Shape.of(dims);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(1)
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addAllDims(shape.dims())
            .addExternalData(entry("location", "data/weights.bin"))
            .addExternalData(entry("offset", Integer.toString(data.position())))
            .addExternalData(entry("length", Long.toString(4 * shape.count())));
    for (int i = 0; i < shape.count(); i++) {
      data.putFloat((float) Math.sin(data.position() + i));
    }
    graph.addInitializer(tensor);
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

  private static ValueInfoProto port(String name, int width) {
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"))
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(width));
    TypeProto.Tensor tensor = TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static Tensor floats(String name, Shape shape, float[] values) {
    MemorySegment segment = MemorySegment.ofArray(values);
    return new Tensor(
        name, DType.F32, shape, new Extent(Path.of(name), 0, segment.byteSize()), segment);
  }
}
