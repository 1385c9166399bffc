package org.m4fw.graph.pass;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.targets.Targets;

final class PassTest {
  private static final String HEAD = "lm_head.weight";
  private static final String TABLE = "model.embed_tokens.weight";
  private static final Model UNTIED = model("llama-mha-f16");
  private static final Model TIED = model("llama-gqa-bf16-sharded");

  private static Model model(String golden) {
    try (Checkpoint checkpoint = Checkpoint.open(Fixtures.golden(golden))) {
      return ModelImporter.importModel(checkpoint);
    }
  }

  private static Tensor tensor(DType dtype, Shape shape) {
    byte[] bytes = new byte[Math.toIntExact(shape.count() * dtype.bytes())];
    return new Tensor(
        "saved",
        dtype,
        shape,
        new Extent(Path.of("adapter"), 0, bytes.length),
        MemorySegment.ofArray(bytes));
  }

  private static Tensor like(Model model, String weight) {
    return tensor(DType.F32, requireNonNull(model.weights().get(weight)).shape());
  }

  private static Graph replaced(Model model, String name, Tensor tensor) {
    return ReplacedWeights.apply(model, new TreeMap<>(Map.of(name, tensor))).part(Model.DECODER);
  }

  private static Problem refused(ErrorCode code, Runnable action) {
    Problem problem = assertThrows(ProblemException.class, action::run).problem();
    assertEquals(code, problem.code(), problem.text());
    return problem;
  }

  private static Weight.Source source(Graph graph, String weight) {
    return requireNonNull(graph.weights().get(weight)).source();
  }

  private static String weightOf(Graph graph, String layer) {
    Operator operator =
        graph.nodes().stream()
            .filter(node -> node.name().equals(layer))
            .findFirst()
            .orElseThrow()
            .operator();
    return switch (operator) {
      case Operator.Linear linear -> linear.weight();
      case Operator.Embedding embedding -> embedding.weight();
      default -> "";
    };
  }

  @Test
  void weightIsReplacedUnderItsName() {
    for (String name : List.of(HEAD, TABLE, "model.norm.weight")) {
      Tensor tensor = like(UNTIED, name);
      Graph graph = replaced(UNTIED, name, tensor);
      assertEquals(new Weight.Source.Stored(tensor), source(graph, name));
      assertEquals(UNTIED.part(Model.DECODER).weights().keySet(), graph.weights().keySet());
    }
  }

  @Test
  void replacedHeadLeavesTheEmbeddingItWasTiedTo() {
    Tensor tensor = like(TIED, TABLE);
    Graph graph = replaced(TIED, HEAD, tensor);
    assertEquals(HEAD, weightOf(graph, "lm_head"));
    assertEquals(new Weight.Source.Stored(tensor), source(graph, HEAD));
    assertEquals(Weight.Role.HEAD, requireNonNull(graph.weights().get(HEAD)).role());
    assertEquals(TABLE, weightOf(graph, "model.embed_tokens"));
    assertEquals(source(TIED.part(Model.DECODER), TABLE), source(graph, TABLE));
  }

  @Test
  void replacedEmbeddingLeavesTheHeadThatIsTiedToIt() {
    Graph graph = replaced(TIED, TABLE, like(TIED, TABLE));
    assertEquals(TABLE, weightOf(graph, "lm_head"));
    assertEquals(TABLE + ".replaced", weightOf(graph, "model.embed_tokens"));
    assertEquals(source(TIED.part(Model.DECODER), TABLE), source(graph, TABLE));
  }

  @Test
  void weightThatTheModelLacksIsRejectedWithNearNames() {
    Problem problem =
        refused(
            PassError.NO_SUCH_WEIGHT,
            () -> replaced(UNTIED, "model.layers.0.mlp.up.weight", like(UNTIED, HEAD)));
    assertTrue(problem.message().contains("model.layers.0.mlp.up_proj.weight"), problem.message());
  }

  @Test
  void weightOfAnotherShapeIsRejected() {
    refused(
        PassError.WRONG_SHAPE, () -> replaced(UNTIED, HEAD, tensor(DType.F32, Shape.of(301, 64))));
  }

  @Test
  void weightOfIntegersIsRejected() {
    refused(
        PassError.WRONG_DTYPE, () -> replaced(UNTIED, HEAD, tensor(DType.I8, Shape.of(300, 64))));
  }

  @Test
  void splitDecoderTakesVectorsAndKeepsNoTable() {
    Model split = EmbeddingSplit.apply("llama", UNTIED);
    assertEquals(List.of("embedding", "decoder"), List.copyOf(split.parts().keySet()));
    Graph embedding = split.part(Model.EMBEDDING);
    Graph decoder = split.part(Model.DECODER);
    assertEquals(List.of("input_ids"), embedding.inputs().stream().map(Port::name).toList());
    assertEquals(List.of("inputs_embeds"), embedding.outputs().stream().map(Port::name).toList());
    assertEquals(Set.of(TABLE), embedding.weights().keySet());
    assertEquals("inputs_embeds", decoder.inputs().getFirst().name());
    assertFalse(decoder.weights().containsKey(TABLE));
    assertEquals(UNTIED.weights(), split.weights());
  }

  @Test
  void splitDecoderKeepsATableThatItsHeadIsTiedTo() {
    Model split = EmbeddingSplit.apply("llama", TIED);
    assertTrue(split.part(Model.DECODER).weights().containsKey(TABLE));
  }

  @Test
  void modelWithoutADecoderCannotBeSplit() {
    Model none = new Model("clip", new LinkedHashMap<>());
    refused(PassError.NO_EMBEDDING, () -> EmbeddingSplit.apply("clip", none));
  }

  @Test
  void decoderThatLooksNothingUpCannotBeSplit() {
    Model split = EmbeddingSplit.apply("llama", UNTIED);
    refused(PassError.NO_EMBEDDING, () -> EmbeddingSplit.apply("llama", split));
  }

  /** ONNX Runtime refuses to run where axes that are called alike are not equally long. */
  @Test
  void ranksOfDifferentPointsAreDifferentAxes() {
    Graph graph = UNTIED.part(Model.DECODER);
    Graph lowered = Legalizer.legalize(graph, Targets.find("host"), AdapterInputs.OPTIONAL).graph();
    List<String> ranks =
        lowered.inputs().stream()
            .filter(port -> port.name().endsWith(".lora_A.weight"))
            .map(port -> ((Port.Dim.Symbolic) port.dims().getLast()).name())
            .toList();
    assertEquals(graph.attachmentPoints().size(), ranks.size());
    assertEquals(ranks.size(), Set.copyOf(ranks).size());
  }

  @Test
  void onlyScaledPointsHaveAScaleOfOnes() {
    String point = "model.layers.0.self_attn.q_proj";
    Graph graph = ScaledPoints.apply(UNTIED, Set.of(point)).part(Model.DECODER);
    Graph lowered = Legalizer.legalize(graph, Targets.find("host"), AdapterInputs.OPTIONAL).graph();
    List<String> scales =
        lowered.inputs().stream()
            .map(Port::name)
            .filter(name -> name.endsWith("lora_magnitude.weight"))
            .toList();
    assertEquals(List.of(point + ".lora_magnitude.weight"), scales);
    Literal ones = requireNonNull(lowered.literals().get(scales.getFirst()));
    assertEquals(Shape.of(1, 64), ones.shape());
    ByteBuffer values = ByteBuffer.wrap(ones.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(1f, values.getFloat(63 * 4));
  }
}
