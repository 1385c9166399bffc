package org.m4fw.quantizer.budget;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.graph.ir.WeightPlan.Choice;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.targets.Target;

/**
 * A plan whose linear layers get the encodings that lose least within a budget. What overrides say
 * stays; so does all that is no linear layer.
 */
public final class BudgetPlan {
  private BudgetPlan() {}

  /**
   * Changes a plan.
   *
   * @param plan for all weights, as the scheme and overrides want it
   * @param target whose limits hold, if it is for one
   * @throws org.m4fw.base.problem.ProblemException with {@link BudgetError#TOO_SMALL} or {@link
   *     BudgetError#TOO_FEW_BITS}
   */
  public static WeightPlan fit(
      WeightPlan plan,
      Collection<Weight> weights,
      Optional<Target> target,
      Budget budget,
      Sensitivity sensitivity) {
    List<Weight> free = new ArrayList<>();
    long fixed = 0;
    for (Weight weight : weights) {
      Choice choice = choice(plan, weight);
      if (isFree(weight, choice) && !PlanMaker.quantizedChoices(weight, target).isEmpty()) {
        free.add(weight);
      } else {
        fixed += choice.encoding().bytes(weight.shape());
      }
    }
    List<List<Encoding>> encodings = new ArrayList<>();
    List<List<Allocation.Option>> options = new ArrayList<>();
    for (Weight weight : free) {
      List<Encoding> possible = PlanMaker.quantizedChoices(weight, target);
      encodings.add(possible);
      options.add(
          possible.stream()
              .map(
                  encoding ->
                      new Allocation.Option(
                          encoding.bytes(weight.shape()), sensitivity.loss(weight, encoding)))
              .toList());
    }
    long allowed = allowed(budget, free, fixed);
    long least = Allocation.least(options);
    if (allowed < least) {
      throw switch (budget) {
        case Budget.Bytes(long total) ->
            BudgetError.TOO_SMALL.at("", budget.describe(), total, least + fixed);
        case Budget.Bits bits -> BudgetError.TOO_FEW_BITS.at("", budget.describe(), allowed, least);
      };
    }
    SortedMap<String, Choice> choices = new TreeMap<>(plan.choices());
    List<Integer> chosen = Allocation.choose(options, allowed);
    for (int i = 0; i < free.size(); i++) {
      Encoding encoding = encodings.get(i).get(chosen.get(i));
      choices.put(
          free.get(i).name(),
          new Choice(encoding, "%s, by %s".formatted(budget.describe(), sensitivity.describe())));
    }
    return new WeightPlan(choices);
  }

  private static long allowed(Budget budget, List<Weight> free, long fixed) {
    return switch (budget) {
      case Budget.Bytes(long total) -> total - fixed;
      case Budget.Bits(double bits) ->
          (long) (bits / 8 * free.stream().mapToLong(weight -> weight.shape().count()).sum());
    };
  }

  private static Choice choice(WeightPlan plan, Weight weight) {
    Choice choice = plan.choices().get(weight.name());
    if (choice == null) {
      throw new IllegalArgumentException("the plan lacks " + weight.name());
    }
    return choice;
  }

  private static boolean isFree(Weight weight, Choice choice) {
    return weight.role() == Weight.Role.LINEAR
        && weight.shape().rank() == 2
        && weight.source() instanceof Weight.Source.Stored
        && !(choice.encoding() instanceof Encoding.Plain)
        && !choice.reason().equals(PlanMaker.OVERRIDE);
  }
}
