package org.m4fw.tests.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.graph.onnx.proto.AttributeProto;
import org.m4fw.graph.onnx.proto.GraphProto;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.NodeProto;
import org.m4fw.graph.onnx.proto.OperatorSetIdProto;
import org.m4fw.graph.onnx.proto.TensorProto;
import org.m4fw.graph.onnx.proto.TypeProto;
import org.m4fw.graph.onnx.proto.ValueInfoProto;
import org.m4fw.tests.build.Tool;

/** Every graph for the Jetson keeps TensorRT's rules. */
final class TensorRtRulesTest {
  private static final Path ROOT =
      Path.of(System.getProperty("m4fw.root", "..")).toAbsolutePath().normalize();
  private static final int FLOAT = OnnxTypes.FP32;
  private static final int HALF = OnnxTypes.FP16;
  private static final int BYTE = OnnxTypes.INT8;
  private static final int NIBBLE = OnnxTypes.INT4;

  @TempDir Path scratch;

  @ParameterizedTest
  @CsvSource({
    "examples/kjv/kjv-llama, f16, 1",
    "examples/kjv/kjv-llama, int8, 1",
    "examples/kjv/kjv-llama, int4, 1",
    "examples/m4-tiny/models/imagebind, f16, 4",
    "examples/m4-tiny/models/imagebind, int8, 4",
    "examples/m4-tiny/models/llama-proj, f16, 1",
    "examples/m4-tiny/models/llama-proj, int8, 1",
    "examples/m4-tiny/models/mms-tts-eng, f16, 1",
    "examples/m4-tiny/models/mms-tts-eng, int8, 1",
    "examples/m4-tiny/models/stable-diffusion/text_encoder, f16, 1",
    "examples/m4-tiny/models/stable-diffusion/unet, f16, 1",
    "examples/m4-tiny/models/stable-diffusion/unet, int8, 1",
    "examples/m4-tiny/models/stable-diffusion/vae, f16, 2",
    "examples/m4-tiny/models/whisper, f16, 3",
    "examples/m4-tiny/models/whisper, int8, 3",
    "tests/fixtures/goldens/llama-gqa-bf16-sharded, int4, 1",
    "tests/fixtures/goldens/mistral-f32, int8, 1",
    "tests/fixtures/goldens/fastspeech2-f32, f16, 2",
    "tests/fixtures/goldens/classifier-f32, f16, 1",
  })
  void graphsForTheJetsonKeepTheRules(String model, String scheme, int graphs) throws IOException {
    for (String target : List.of("jetson-orin-nx", "a100")) {
      Path out = scratch.resolve(target);
      Tool.Outcome outcome =
          Tool.run(
              "compile",
              ROOT.resolve(model).toString(),
              "--target",
              target,
              "--scheme",
              scheme,
              "--out",
              out.toString());
      assertEquals(0, outcome.code(), outcome.err());
      List<Path> files = new ArrayList<>();
      try (Stream<Path> all = Files.list(out)) {
        all.filter(file -> file.toString().endsWith(".onnx")).forEach(files::add);
      }
      assertEquals(graphs, files.size(), files.toString());
      for (Path file : files) {
        try (InputStream bytes = Files.newInputStream(file)) {
          assertEquals(List.of(), TensorRtRules.broken(ModelProto.parseFrom(bytes)));
        }
      }
    }
  }

  private static NodeProto.Builder node(String type, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .setName("n")
        .addAllInput(List.of(inputs))
        .addOutput("out");
  }

  private static AttributeProto text(String name, String value) {
    return AttributeProto.newBuilder().setName(name).setS(ByteString.copyFromUtf8(value)).build();
  }

  private static AttributeProto number(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setI(value).build();
  }

  private static TensorProto tensor(String name, int type, byte[] bytes, long... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type)
            .setRawData(ByteString.copyFrom(bytes));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor.build();
  }

  /** A graph of one node, whose inputs are x (FP32), h (FP16) and the given constants. */
  private static List<String> broken(NodeProto.Builder node, TensorProto... constants) {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .addInput(input("x", FLOAT))
            .addInput(input("h", HALF))
            .addInput(input("d", OnnxTypes.DOUBLE))
            .addAllInitializer(List.of(constants))
            .addNode(node);
    return TensorRtRules.broken(
        ModelProto.newBuilder()
            .setGraph(graph)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(21))
            .build());
  }

  private static ValueInfoProto input(String name, int type) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(type)))
        .build();
  }

  private static final TensorProto ONE = tensor("s", FLOAT, new byte[] {0, 0, (byte) 0x80, 0x3f});

  @Test
  void plainArithmeticIsTaken() {
    assertEquals(List.of(), broken(node("Add", "x", "x")));
  }

  @Test
  void contributedOperatorsAreFound() {
    assertFalse(broken(node("MatMulNBits", "x", "x").setDomain("com.microsoft")).isEmpty());
  }

  @Test
  void mixedTypesAreFound() {
    assertFalse(broken(node("Add", "x", "h")).isEmpty());
  }

  @Test
  void doublesAreFound() {
    assertFalse(broken(node("Add", "d", "d")).isEmpty());
  }

  @Test
  void cubicResizeIsFound() {
    assertFalse(broken(node("Resize", "x").addAttribute(text("mode", "cubic"))).isEmpty());
  }

  @Test
  void axesThatAreComputedAreFound() {
    assertFalse(broken(node("ReduceMean", "x", "x")).isEmpty());
    assertFalse(broken(node("Slice", "x", "x", "x", "x")).isEmpty());
  }

  @Test
  void zeroPointsOtherThanZeroAreFound() {
    TensorProto weights = tensor("w", BYTE, new byte[4], 4);
    assertEquals(
        List.of(),
        broken(
            node("DequantizeLinear", "w", "s", "z"), weights, ONE, tensor("z", BYTE, new byte[1])));
    assertFalse(
        broken(
                node("DequantizeLinear", "w", "s", "z"),
                weights,
                ONE,
                tensor("z", BYTE, new byte[] {3}))
            .isEmpty());
  }

  @Test
  void scalesThatAreNotPositiveAreFound() {
    assertFalse(
        broken(
                node("DequantizeLinear", "w", "s"),
                tensor("w", BYTE, new byte[4], 4),
                tensor("s", FLOAT, new byte[4]))
            .isEmpty());
  }

  private static List<String> fourBits(long block, long axis) {
    byte[] ones = new byte[2 * 256 * 2];
    for (int at = 1; at < ones.length; at += 2) {
      ones[at] = 0x3c;
    }
    return broken(
        node("DequantizeLinear", "w", "s")
            .addAttribute(number("block_size", block))
            .addAttribute(number("axis", axis)),
        tensor("w", NIBBLE, new byte[256], 2, 256),
        tensor("s", HALF, ones, 2, 256 / block));
  }

  @Test
  void blocksOfFourBitsAreOf64Or128AlongTheRightAxis() {
    assertEquals(List.of(), fourBits(64, 1));
    assertEquals(List.of(), fourBits(128, -1));
    assertFalse(fourBits(32, 1).isEmpty());
    assertFalse(fourBits(64, 0).isEmpty());
  }
}
