package org.m4fw.graph.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.onnx.proto.ModelProto;
import org.m4fw.graph.onnx.proto.TensorProto;
import org.m4fw.targets.Targets;

final class CompiledModelTest {
  @TempDir Path directory;

  private static CompiledModel compile(String target) {
    try (Checkpoint checkpoint = Checkpoint.open(Fixtures.golden("llama-mha-f16"))) {
      Graph graph = ModelImporter.importModel(checkpoint).part(Model.DECODER);
      return OnnxCompiler.compile(
          "backbone",
          new QuantizedGraph(
              Legalizer.legalize(graph, Targets.find(target)), Fixtures.stored(graph)));
    }
  }

  private static byte[] placed(CompiledModel model, String location) {
    PackedWeights packed = PackedWeights.of(List.of(model));
    return model.bytes(extent -> packed.placement(extent, location));
  }

  private static void refused(ErrorCode code, byte[] onnx, long dataSize) {
    ProblemException e =
        assertThrows(
            ProblemException.class,
            () ->
                CompiledModel.read(
                    "model.onnx", onnx, location -> new Extent(Path.of(location), 0, dataSize)));
    assertEquals(code, e.problem().code(), e.getMessage());
  }

  @Test
  void graphReadBackIsTheSame() {
    CompiledModel model = compile("pixel7pro-cpu");
    byte[] bytes = placed(model, "weights.bin");
    PackedWeights packed = PackedWeights.of(List.of(model));
    CompiledModel again =
        CompiledModel.read(
            "model.onnx", bytes, location -> new Extent(Path.of(location), 0, packed.size()));
    assertEquals(model.facts(), again.facts());
    assertEquals(model.operatorCounts(), again.operatorCounts());
    assertArrayEquals(bytes, again.bytes(extent -> new Placement("weights.bin", extent.offset())));
  }

  @Test
  void twoCompilationsGiveTheSameBytes() {
    assertArrayEquals(placed(compile("pixel7pro-cpu"), "w"), placed(compile("pixel7pro-cpu"), "w"));
  }

  @Test
  void fileHasTheVersionsThatRuntimesTake() throws InvalidProtocolBufferException {
    ModelProto cpu = ModelProto.parseFrom(placed(compile("pixel7pro-cpu"), "w"));
    assertEquals(10, cpu.getIrVersion());
    assertEquals(21, cpu.getOpsetImport(0).getVersion());
    assertEquals("com.microsoft", cpu.getOpsetImport(1).getDomain());
    ModelProto jetson = ModelProto.parseFrom(placed(compile("jetson-orin-nx"), "w"));
    assertEquals(1, jetson.getOpsetImportCount());
  }

  @Test
  void targetsThatReadTheSameBytesShareThem() {
    CompiledModel cpu = compile("pixel7pro-cpu");
    CompiledModel jetson = compile("jetson-orin-nx");
    assertEquals(
        PackedWeights.of(List.of(cpu)).size(), PackedWeights.of(List.of(cpu, jetson)).size());
  }

  @Test
  void packedWeightsLieOnPagesInTheOrderOfTheGraph() throws Exception {
    CompiledModel model = compile("pixel7pro-cpu");
    PackedWeights packed = PackedWeights.of(List.of(model));
    Path data = directory.resolve("weights.bin");
    try (OutputFile file = OutputFile.create(data)) {
      packed.appendTo(file);
      file.commit();
    }
    assertEquals(packed.size(), Files.size(data));
    byte[] all = Files.readAllBytes(data);
    for (Extent extent : model.extents()) {
      long offset = packed.placement(extent, "weights.bin").offset();
      assertEquals(0, offset % 4096);
      byte[] source = Files.readAllBytes(extent.file());
      for (int i = 0; i < extent.length(); i += 97) {
        assertEquals(source[(int) extent.offset() + i], all[(int) offset + i]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/etc/passwd", "../weights.bin", "a/../../b", "a//b", "./w", "a\\b", "C:w"})
  void locationsOutsideTheDirectoryAreRefused(String location) {
    refused(OnnxError.UNSAFE_LOCATION, placed(compile("host"), location), 1L << 40);
  }

  @Test
  void dataFileCutShortIsRefused() {
    CompiledModel model = compile("host");
    long size = PackedWeights.of(List.of(model)).size();
    refused(OnnxError.DATA_OUT_OF_RANGE, placed(model, "w"), size - 1);
  }

  @Test
  void offsetThatIsNoNumberIsRefused() throws InvalidProtocolBufferException {
    ModelProto.Builder model = ModelProto.parseFrom(placed(compile("host"), "w")).toBuilder();
    for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
      if (tensor.getExternalDataCount() > 1) {
        tensor.getExternalDataBuilder(1).setValue("-1");
      }
    }
    refused(OnnxError.MALFORMED, model.build().toByteArray(), 1L << 40);
  }

  @Test
  void bytesThatAreNoGraphAreRefused() {
    refused(OnnxError.MALFORMED, "not a graph".getBytes(StandardCharsets.UTF_8), 0);
  }

  @Test
  void graphOfAnotherToolIsRefused() throws InvalidProtocolBufferException {
    ModelProto model =
        ModelProto.parseFrom(placed(compile("host"), "w")).toBuilder().clearMetadataProps().build();
    refused(OnnxError.NOT_OURS, model.toByteArray(), 1L << 40);
  }

  private static ModelProto.Builder compiled() throws InvalidProtocolBufferException {
    return ModelProto.parseFrom(placed(compile("host"), "w")).toBuilder();
  }

  /** A field by its number in the ONNX specification, holding an empty message. */
  private static UnknownFieldSet field(int number) {
    return UnknownFieldSet.newBuilder()
        .addField(
            number, UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.EMPTY).build())
        .build();
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 11, 22, 23})
  void attributeThatHoldsAGraphOrASparseTensorIsRefused(int field)
      throws InvalidProtocolBufferException {
    ModelProto.Builder model = compiled();
    model.getGraphBuilder().getNodeBuilder(0).addAttributeBuilder().setUnknownFields(field(field));
    refused(OnnxError.NOT_FLAT, model.build().toByteArray(), 1L << 40);
  }

  @Test
  void attributeWithDataInAnotherFileIsRefused() throws InvalidProtocolBufferException {
    ModelProto.Builder model = compiled();
    model
        .getGraphBuilder()
        .getNodeBuilder(0)
        .addAttributeBuilder()
        .getTBuilder()
        .setDataLocation(TensorProto.DataLocation.EXTERNAL);
    refused(OnnxError.NOT_FLAT, model.build().toByteArray(), 1L << 40);
  }

  @Test
  void sparseInitializersAreRefused() throws InvalidProtocolBufferException {
    ModelProto.Builder model = compiled();
    model.getGraphBuilder().setUnknownFields(field(15));
    refused(OnnxError.NOT_FLAT, model.build().toByteArray(), 1L << 40);
  }

  @Test
  void functionsAreRefused() throws InvalidProtocolBufferException {
    ModelProto.Builder model = compiled().setUnknownFields(field(25));
    refused(OnnxError.NOT_FLAT, model.build().toByteArray(), 1L << 40);
  }

  @Test
  void genaiConfigurationNamesTheGraphAndItsSizes() {
    String json =
        new String(
            GenaiConfig.bytes(compile("pixel7pro-cpu").facts(), "model.onnx"),
            StandardCharsets.UTF_8);
    for (String field :
        new String[] {
          "\"filename\" : \"model.onnx\"",
          "\"type\" : \"llama\"",
          "\"num_hidden_layers\" : 3",
          "\"head_size\" : 16",
          "\"eos_token_id\" : 2",
          "\"past_present_share_buffer\" : true"
        }) {
      assertTrue(json.contains(field), () -> field + " is not in " + json);
    }
  }
}
