package org.m4fw.graph.legalize;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.GraphBuilder;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.SpecialTokens;
import org.m4fw.targets.Targets;

/** What becomes of the operators that vision models bring. */
final class VisionLoweringTest {
  private static Graph unary(Operator operator) {
    GraphBuilder graph = new GraphBuilder();
    Port x = new Port("x", ElementType.FLOAT32, List.of(Port.symbolic("n")));
    graph.input(x);
    graph.node("y", operator, "x");
    graph.output(new Port("y", ElementType.FLOAT32, x.dims()));
    return graph.build("test", Optional.empty(), SpecialTokens.none());
  }

  private static Set<String> operators(Graph graph, String target) {
    return Legalizer.legalize(graph, Targets.find(target)).graph().nodes().stream()
        .map(node -> node.operator())
        .filter(Operator.Primitive.class::isInstance)
        .map(Operator.Primitive.class::cast)
        .map(p -> p.domain().isEmpty() ? p.type() : p.domain() + "." + p.type())
        .collect(Collectors.toSet());
  }

  @Test
  void quickGeluIsFusedWhereTheTargetCan() {
    Operator quick = new Operator.Gelu(Operator.Gelu.Kind.QUICK);
    assertEquals(Set.of("com.microsoft.QuickGelu"), operators(unary(quick), "pixel7pro-cpu"));
    assertEquals(Set.of("Mul", "Sigmoid"), operators(unary(quick), "jetson-orin-nx"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Operator.Gelu.Kind.class,
      names = {"ERF", "TANH"})
  void otherFormsOfGeluAreTheStandardsOwn(Operator.Gelu.Kind kind) {
    assertEquals(Set.of("Gelu"), operators(unary(new Operator.Gelu(kind)), "jetson-orin-nx"));
  }

  @Test
  void denoiserIsPlainOnnxOnEveryTarget() {
    try (Checkpoint checkpoint = Checkpoint.open(Fixtures.golden("sd-unet-f32"))) {
      Graph graph = ModelImporter.importModel(checkpoint).part("unet");
      for (String target : List.of("host", "pixel7pro-cpu", "jetson-orin-nx")) {
        Set<String> operators = operators(graph, target);
        assertTrue(operators.contains("InstanceNormalization"), target);
        assertTrue(operators.stream().noneMatch(name -> name.contains(".")), target);
      }
    }
  }

  @Test
  void literalsFollowTheArithmeticOfTheTarget() {
    GraphBuilder graph = new GraphBuilder();
    Port x = new Port("x", ElementType.FLOAT32, List.of(Port.symbolic("n")));
    graph.input(x);
    graph.literal("half", Literal.real(ElementType.FLOAT32, Shape.of(), 0.5f));
    graph.node("y", new Operator.Multiply(), "x", "half");
    graph.output(new Port("y", ElementType.FLOAT32, x.dims()));
    Graph source = graph.build("test", Optional.empty(), SpecialTokens.none());
    Literal half =
        requireNonNull(
            Legalizer.legalize(source, Targets.find("jetson-orin-nx"))
                .graph()
                .literals()
                .get("half"));
    assertEquals(ElementType.FLOAT16, half.type());
    assertEquals(
        0.5f,
        Float.float16ToFloat(
            ByteBuffer.wrap(half.bytes()).order(ByteOrder.LITTLE_ENDIAN).getShort()));
  }

  @Test
  void stepsOfADiffusionAreEmbeddedInFloat32() {
    Graph source = unary(new Operator.TimestepEmbedding(8, true, 0));
    TargetGraph graph = Legalizer.legalize(source, Targets.find("jetson-orin-nx"));
    Literal frequencies = requireNonNull(graph.graph().literals().get("y.frequencies"));
    assertEquals(ElementType.FLOAT32, frequencies.type());
  }
}
