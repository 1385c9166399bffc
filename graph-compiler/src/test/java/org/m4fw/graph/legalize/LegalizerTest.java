package org.m4fw.graph.legalize;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.Rotary;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

final class LegalizerTest {
  private static final Graph LLAMA = llama();

  private static Graph llama() {
    try (Checkpoint checkpoint = Checkpoint.open(Fixtures.golden("llama-gqa-bf16-sharded"))) {
      return ModelImporter.importModel(checkpoint).part(Model.DECODER);
    }
  }

  private static Set<String> primitives(TargetGraph graph) {
    return graph.graph().nodes().stream()
        .map(node -> node.operator())
        .filter(Operator.Primitive.class::isInstance)
        .map(operator -> ((Operator.Primitive) operator).type())
        .collect(Collectors.toSet());
  }

  private static List<String> inputs(TargetGraph graph) {
    return graph.graph().inputs().stream().map(Port::name).toList();
  }

  @Test
  void cpuGetsTheFusedOperators() {
    TargetGraph graph = Legalizer.legalize(LLAMA, Targets.find("pixel7pro-cpu"));
    assertTrue(
        primitives(graph)
            .containsAll(
                Set.of(
                    "GroupQueryAttention",
                    "SkipSimplifiedLayerNormalization",
                    "SimplifiedLayerNormalization")));
    assertFalse(primitives(graph).contains("Softmax"));
    assertEquals(AdapterInputs.OPTIONAL, graph.adapterInputs());
  }

  @Test
  void jetsonGetsPlainOnnxOnly() {
    TargetGraph graph = Legalizer.legalize(LLAMA, Targets.find("jetson-orin-nx"));
    assertTrue(
        graph.graph().nodes().stream()
            .map(node -> node.operator())
            .filter(Operator.Primitive.class::isInstance)
            .allMatch(operator -> ((Operator.Primitive) operator).domain().isEmpty()));
    assertEquals(AdapterInputs.REQUIRED, graph.adapterInputs());
    assertTrue(inputs(graph).contains("position_ids"));
  }

  @Test
  void optionalAdapterInputsHaveDefaultsOfRankZero() {
    TargetGraph graph = Legalizer.legalize(LLAMA, Targets.find("host"), AdapterInputs.OPTIONAL);
    String a = "model.layers.0.self_attn.q_proj.lora_A.weight";
    assertTrue(inputs(graph).contains(a));
    assertEquals(0, requireNonNull(graph.graph().literals().get(a)).shape().dim(1));
  }

  @Test
  void graphWithoutAttachmentPointsHasNoAdapterInputs() {
    TargetGraph graph = Legalizer.legalize(LLAMA, Targets.find("host"), AdapterInputs.NONE);
    assertTrue(inputs(graph).stream().noneMatch(name -> name.contains("lora")));
    assertTrue(graph.graph().attachmentPoints().isEmpty());
  }

  @Test
  void cachesAreInTheArithmeticOfTheTargetAndLogitsInFloat32() {
    TargetGraph graph = Legalizer.legalize(LLAMA, Targets.find("jetson-orin-nx"));
    for (Port port : graph.graph().outputs()) {
      assertEquals(
          port.name().equals("logits") ? ElementType.FLOAT32 : graph.arithmetic(), port.type());
    }
  }

  @Test
  void targetWithoutSoftmaxIsRefusedByTheOperatorsName() {
    Target jetson = Targets.find("jetson-orin-nx");
    Target poor =
        new Target(
            jetson.id(),
            jetson.description(),
            jetson.runtime(),
            jetson.operators().stream().filter(o -> !o.name().equals("Softmax")).toList(),
            jetson.encodings(),
            jetson.activations(),
            jetson.figures());
    ProblemException e =
        assertThrows(ProblemException.class, () -> Legalizer.legalize(LLAMA, poor));
    assertEquals(LegalizeError.UNSUPPORTED_OPERATOR, e.problem().code());
    assertTrue(e.problem().text().contains("Softmax"), e.problem().text());
  }

  @Test
  void headsThatTheFusedKernelRefusesAreDecomposed() {
    assertTrue(FusedAttention.takes(attention(16)));
    for (int width : new int[] {2, 8, 12, 24}) {
      assertFalse(FusedAttention.takes(attention(width)));
    }
  }

  private static Operator.Attention attention(int headWidth) {
    return new Operator.Attention(
        4,
        2,
        headWidth,
        new Rotary(10_000, new Rotary.Rescaling.None()),
        java.util.OptionalLong.empty());
  }
}
