package org.m4fw.quantizer.budget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.Scheme;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

class BudgetPlanTest {
  private static final Path EXAMPLE =
      Path.of(System.getProperty("m4fw.root", ".."), "examples", "kjv", "kjv-llama");

  private static WeightPlan plan(
      Collection<Weight> weights, Budget budget, Optional<Target> target, Overrides overrides) {
    WeightPlan plan =
        PlanMaker.plan(weights, Optional.of(Scheme.parse("--scheme", "int4")), overrides, target);
    return BudgetPlan.fit(plan, weights, target, budget, RoundingError.ofWeights());
  }

  private static long bytes(Collection<Weight> weights, WeightPlan plan, boolean linear) {
    return weights.stream()
        .filter(weight -> !linear || weight.role() == Weight.Role.LINEAR)
        .mapToLong(weight -> encoding(plan, weight.name()).bytes(weight.shape()))
        .sum();
  }

  private static Encoding encoding(WeightPlan plan, String name) {
    WeightPlan.Choice choice = plan.choices().get(name);
    if (choice == null) {
      throw new AssertionError("no plan for " + name);
    }
    return choice.encoding();
  }

  @Test
  void bitsCountLinearLayersWithTheirScales() {
    try (Checkpoint checkpoint = Checkpoint.open(EXAMPLE)) {
      Collection<Weight> weights = ModelImporter.importModel(checkpoint).weights().values();
      long parameters =
          weights.stream()
              .filter(weight -> weight.role() == Weight.Role.LINEAR)
              .mapToLong(weight -> weight.shape().count())
              .sum();
      for (double bits : new double[] {4.25, 4.5, 5, 7}) {
        WeightPlan plan = plan(weights, new Budget.Bits(bits), Optional.empty(), Overrides.none());
        double taken = 8.0 * bytes(weights, plan, true) / parameters;
        assertTrue(taken <= bits && taken > bits - 0.15, () -> bits + " became " + taken);
      }
    }
  }

  @Test
  void bytesCountEverything() {
    try (Checkpoint checkpoint = Checkpoint.open(EXAMPLE)) {
      Collection<Weight> weights = ModelImporter.importModel(checkpoint).weights().values();
      WeightPlan plan =
          plan(weights, new Budget.Bytes(1_750_000), Optional.empty(), Overrides.none());
      long taken = bytes(weights, plan, false);
      assertTrue(taken <= 1_750_000 && taken > 1_740_000, () -> "takes " + taken);
    }
  }

  @Test
  void overridesAndTargetsAreRespected() {
    Target jetson = Targets.find("jetson-orin-nx");
    String name = "model.layers.0.mlp.up_proj.weight";
    try (Checkpoint checkpoint = Checkpoint.open(EXAMPLE)) {
      Collection<Weight> weights = ModelImporter.importModel(checkpoint).weights().values();
      WeightPlan plan =
          plan(
              weights,
              new Budget.Bits(5),
              Optional.of(jetson),
              Overrides.of("", "--override", Map.of(name, "f16")));
      assertEquals("f16", encoding(plan, name).id());
      for (Weight weight : weights) {
        String id = encoding(plan, weight.name()).id();
        assertTrue(jetson.encoding(id).isPresent(), () -> weight.name() + " became " + id);
      }
    }
  }

  @Test
  void budgetBelowTheSmallestIsRefused() {
    try (Checkpoint checkpoint = Checkpoint.open(EXAMPLE)) {
      Collection<Weight> weights = ModelImporter.importModel(checkpoint).weights().values();
      ProblemException refused =
          assertThrows(
              ProblemException.class,
              () -> plan(weights, new Budget.Bits(3.5), Optional.empty(), Overrides.none()));
      assertEquals(BudgetError.TOO_FEW_BITS, refused.problem().code());
      ProblemException fewBytes =
          assertThrows(
              ProblemException.class,
              () -> plan(weights, new Budget.Bytes(1000), Optional.empty(), Overrides.none()));
      assertEquals(BudgetError.TOO_SMALL, fewBytes.problem().code());
    }
  }
}
