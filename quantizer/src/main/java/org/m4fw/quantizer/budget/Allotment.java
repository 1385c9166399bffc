package org.m4fw.quantizer.budget;

import java.util.Collection;
import java.util.Optional;
import org.m4fw.base.progress.Progress;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.targets.Target;

/**
 * A wish to let linear layers share a budget.
 *
 * @param calibration data to measure on; without it, weights alone are looked at
 */
public record Allotment(Budget budget, Optional<CalibrationData> calibration) {

  /**
   * The plan with other encodings of linear layers.
   *
   * @param name of the model, for messages
   * @param plan as scheme and overrides want it
   * @param weights all that the plan is for
   * @param target whose limits hold, if it is for one
   * @throws org.m4fw.base.problem.ProblemException with a {@link BudgetError}, or an error of the
   *     calibration data
   */
  public WeightPlan fit(
      String name,
      Model model,
      WeightPlan plan,
      Collection<Weight> weights,
      Optional<Target> target,
      WeightStore store,
      Progress progress) {
    Sensitivity sensitivity =
        calibration
            .map(data -> measured(name, model, data, store, progress))
            .orElseGet(RoundingError::ofWeights);
    return BudgetPlan.fit(plan, weights, target, budget, sensitivity);
  }

  private static Sensitivity measured(
      String name, Model model, CalibrationData data, WeightStore store, Progress progress) {
    Sensitivity outputs = RoundingError.ofOutputs(name, model, data, store, progress);
    return PredictionLoss.suits(model, data.tokens())
        ? PredictionLoss.measure(name, model, data.tokens().orElseThrow(), outputs, store, progress)
        : outputs;
  }
}
