package org.m4fw.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

class PlanMakerTest {
  private static final Weight EMBEDDING =
      Inputs.weight("model.embed_tokens.weight", Weight.Role.EMBEDDING, DType.F16, 64, 64);
  private static final Weight HEAD =
      Inputs.weight("lm_head.weight", Weight.Role.HEAD, DType.F16, 64, 64);
  private static final Weight QUERY =
      Inputs.weight(
          "model.layers.0.self_attn.q_proj.weight", Weight.Role.LINEAR, DType.F16, 64, 64);
  private static final Weight NORM =
      Inputs.weight("model.norm.weight", Weight.Role.NORM, DType.F16, 64);
  private static final Weight BRAIN_NORM =
      Inputs.weight("model.old.weight", Weight.Role.NORM, DType.BF16, 64);
  private static final Weight BIAS =
      Inputs.weight("model.layers.0.self_attn.q_proj.bias", Weight.Role.BIAS, DType.F32, 64);
  private static final List<Weight> UNTIED =
      List.of(EMBEDDING, HEAD, QUERY, NORM, BRAIN_NORM, BIAS);
  private static final List<Weight> TIED = List.of(EMBEDDING, QUERY, NORM);

  private static WeightPlan plan(List<Weight> weights, String scheme, Map<String, String> wanted) {
    return PlanMaker.plan(
        weights,
        Optional.of(Scheme.parse("scheme", scheme)),
        Overrides.of("recipe.json", "overrides", wanted),
        Optional.empty());
  }

  private static WeightPlan.Choice forTarget(Weight weight, String scheme, String target) {
    return choice(
        PlanMaker.plan(
            List.of(weight),
            Optional.of(Scheme.parse("scheme", scheme)),
            Overrides.none(),
            Optional.of(target(target))),
        weight);
  }

  private static Target target(String id) {
    return Targets.find(id);
  }

  private static WeightPlan.Choice choice(WeightPlan plan, Weight weight) {
    return Optional.ofNullable(plan.choices().get(weight.name())).orElseThrow();
  }

  private static String id(WeightPlan plan, Weight weight) {
    return choice(plan, weight).encoding().id();
  }

  private static void assertRefused(ErrorCode code, String item, Map<String, String> wanted) {
    ProblemException problem =
        assertThrows(ProblemException.class, () -> plan(UNTIED, "int4", wanted));
    assertEquals(code, problem.problem().code());
    assertEquals("recipe.json", problem.problem().file());
    assertEquals(item, problem.problem().item());
  }

  @Test
  void int4KeepsEightBitsForEmbeddingAndHead() {
    WeightPlan plan = plan(UNTIED, "int4", Map.of());
    assertEquals("int8", id(plan, EMBEDDING));
    assertEquals("int8", id(plan, HEAD));
    assertEquals("int4-g32", id(plan, QUERY));
  }

  @Test
  void convolutionsAndPositionsStayAsTheyAre() {
    Weight kernel =
        Inputs.weight("conv_in.weight", Weight.Role.CONVOLUTION, DType.F16, 64, 32, 3, 3);
    Weight positions = Inputs.weight("positions", Weight.Role.PARAMETER, DType.F32, 64, 64);
    WeightPlan plan = plan(List.of(kernel, positions), "int4", Map.of());
    assertEquals("f16", id(plan, kernel));
    assertEquals("f32", id(plan, positions));
  }

  @Test
  void convolutionsGetSixteenBitsWhereTheSchemeIs() {
    Weight kernel =
        Inputs.weight("conv_in.weight", Weight.Role.CONVOLUTION, DType.F32, 64, 32, 3, 3);
    assertEquals("f16", id(plan(List.of(kernel), "f16", Map.of()), kernel));
    assertEquals("f32", id(plan(List.of(kernel), "f32", Map.of()), kernel));
    assertEquals("f32", id(plan(List.of(kernel), "int8", Map.of()), kernel));
  }

  @Test
  void normsAndBiasesStayAsTheyAre() {
    WeightPlan plan = plan(UNTIED, "int4", Map.of());
    assertEquals("f16", id(plan, NORM));
    assertEquals("f32", id(plan, BIAS));
    assertEquals("f32", id(plan, BRAIN_NORM));
  }

  @Test
  void everyChoiceHasAReason() {
    plan(UNTIED, "int4", Map.of("lm_head", "f16"))
        .choices()
        .values()
        .forEach(choice -> assertTrue(!choice.reason().isBlank()));
  }

  @Test
  void withoutASchemeEverythingStaysAsItComes() {
    WeightPlan plan = PlanMaker.plan(UNTIED, Optional.empty(), Overrides.none(), Optional.empty());
    assertEquals("f16", id(plan, QUERY));
    assertEquals("bf16", id(plan, BRAIN_NORM));
  }

  @Test
  void f32WidensEverything() {
    WeightPlan plan = plan(UNTIED, "f32", Map.of());
    UNTIED.forEach(weight -> assertEquals("f32", id(plan, weight)));
  }

  @Test
  void overridesBeatTheScheme() {
    WeightPlan plan = plan(UNTIED, "int8", Map.of("model.layers.*", "int4-g64"));
    assertEquals("int4-g64", id(plan, QUERY));
    assertEquals("int8", id(plan, HEAD));
  }

  @Test
  void namesBeatPatternsAndLongPatternsBeatShortOnes() {
    WeightPlan plan = plan(UNTIED, "int8", Map.of("*", "f16", "*q_proj", "int4", "lm_head", "f32"));
    assertEquals("int4-g32", id(plan, QUERY));
    assertEquals("f32", id(plan, HEAD));
    assertEquals("f16", id(plan, EMBEDDING));
  }

  @Test
  void theHeadOfATiedModelIsItsEmbedding() {
    assertEquals("f16", id(plan(TIED, "int4", Map.of("lm_head", "f16")), EMBEDDING));
    assertEquals("int8", id(plan(UNTIED, "int4", Map.of("lm_head", "f16")), EMBEDDING));
  }

  @Test
  void overridesThatMatchNothingAreRefusedWithWhatIsNear() {
    assertRefused(
        QuantizerError.OVERRIDE_MATCHES_NOTHING, "overrides.lm_haed", Map.of("lm_haed", "int8"));
  }

  @Test
  void overridesToUnknownEncodingsAreRefused() {
    assertRefused(QuantizerError.UNKNOWN_ENCODING, "overrides.lm_head", Map.of("lm_head", "int3"));
  }

  @Test
  void normsCannotBeQuantized() {
    assertRefused(
        QuantizerError.OVERRIDE_IMPOSSIBLE,
        "overrides.model.norm.weight",
        Map.of("model.norm", "int8"));
  }

  @Test
  void blocksThatATargetDoesNotTakeBecomeTheClosestThatItTakes() {
    WeightPlan.Choice choice = forTarget(QUERY, "int4-g32", "jetson-orin-nx");
    assertEquals("int4-g64", choice.encoding().id());
    assertTrue(choice.reason().contains("jetson-orin-nx"), choice.reason());
    assertEquals("int4-g32", forTarget(QUERY, "int4-g32", "pixel7pro-cpu").encoding().id());
  }

  @Test
  void shapesThatTheLayoutOfATargetDoesNotAllowBecomeInt8() {
    Weight odd = Inputs.linear(63, 64);
    Weight narrow = Inputs.linear(64, 96);
    for (Weight weight : List.of(odd, narrow)) {
      WeightPlan.Choice choice = forTarget(weight, "int4-g64", "jetson-orin-nx");
      assertEquals("int8", choice.encoding().id());
      assertTrue(choice.reason().contains("shape"), choice.reason());
    }
  }

  @Test
  void largerBlocksGiveWayToSmallerOnesThatFit() {
    WeightPlan.Choice choice = forTarget(Inputs.linear(64, 192), "int4-g128", "jetson-orin-nx");
    assertEquals("int4-g64", choice.encoding().id());
  }

  @Test
  void blocksThatRowsWouldLeaveHalfEmptyBecomeSmaller() {
    Weight narrow = Inputs.linear(64, 192);
    WeightPlan.Choice choice = choice(plan(List.of(narrow), "int4-g128", Map.of()), narrow);
    assertEquals("int4-g64", choice.encoding().id());
    assertTrue(choice.reason().contains("192"), choice.reason());
    Weight wide = Inputs.linear(2, 1000);
    assertEquals("int4-g128", id(plan(List.of(wide), "int4-g128", Map.of()), wide));
  }

  @Test
  void convolutionsGetEightBitsWhereFourWereAskedFor() {
    Weight convolution = Inputs.weight("conv.weight", Weight.Role.LINEAR, DType.F16, 8, 4, 3, 3);
    assertEquals("int8", id(plan(List.of(convolution), "int4", Map.of()), convolution));
  }

  @Test
  void weightsThatComeQuantizedKeepTheirEncoding() {
    Weight quantized = quantized(new Encoding.Int4Blocks(64));
    WeightPlan plan =
        PlanMaker.plan(List.of(quantized), Optional.empty(), Overrides.none(), Optional.empty());
    assertEquals("int4-g64", id(plan, quantized));
  }

  @Test
  void weightsThatComeQuantizedAreRefusedWhereTheTargetWantsAnotherEncoding() {
    Weight quantized = quantized(new Encoding.Int4Blocks(32));
    ProblemException problem =
        assertThrows(
            ProblemException.class,
            () ->
                PlanMaker.plan(
                    List.of(quantized),
                    Optional.empty(),
                    Overrides.none(),
                    Optional.of(target("jetson-orin-nx"))));
    assertEquals(QuantizerError.QUANTIZED_ALREADY, problem.problem().code());
  }

  private static Weight quantized(Encoding encoding) {
    Weight linear = Inputs.linear(64, 64);
    return new Weight(
        linear.name(),
        linear.role(),
        linear.shape(),
        new Weight.Source.Quantized(encoding, Inputs.tensor(linear), Inputs.tensor(linear)));
  }
}
