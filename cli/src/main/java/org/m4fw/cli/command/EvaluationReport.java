package org.m4fw.cli.command;

import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.evaluate.Effect;
import org.m4fw.cli.evaluate.Score;
import org.m4fw.host.Evaluation;
import tools.jackson.databind.node.ObjectNode;

/** Tells what an evaluation found. */
final class EvaluationReport {
  static final String PERPLEXITY = "perplexity";

  private final Console console;
  private final boolean json;

  EvaluationReport(Console console, boolean json) {
    this.console = console;
    this.json = json;
  }

  /** The perplexity, as a score that can be held to something. */
  static Score score(Evaluation evaluation) {
    return new Score(
        PERPLEXITY,
        true,
        evaluation.perplexity(),
        evaluation.predictions(),
        evaluation
            .comparison()
            .map(found -> OptionalDouble.of(Math.exp(found.referenceNll())))
            .orElse(OptionalDouble.empty()));
  }

  void print(Score score) {
    if (json) {
      ObjectNode report = Json.object().put("metric", score.metric());
      Json.put(report, "score", score.value());
      report.put("lower_is_better", score.lowerIsBetter()).put("cases", score.cases());
      score.reference().ifPresent(value -> Json.put(report, "reference_score", value));
      console.json(report);
      return;
    }
    console.line("%-10s  %s".formatted(score.metric(), Amounts.decimal(score.value(), 4)));
    score.reference().ifPresent(value -> console.line("reference   " + Amounts.decimal(value, 4)));
    console.line("over %s questions".formatted(score.cases()));
  }

  void print(Evaluation evaluation, Optional<Effect> effect) {
    if (json) {
      ObjectNode report = Json.object();
      Json.put(report, "nll", evaluation.nll());
      Json.put(report, PERPLEXITY, evaluation.perplexity());
      report.put("windows", evaluation.windows()).put("predictions", evaluation.predictions());
      evaluation.comparison().ifPresent(comparison -> put(report, comparison));
      effect.ifPresent(found -> put(report.putObject("effect"), found));
      console.json(report);
      return;
    }
    console.line("nll         %s nats".formatted(Amounts.decimal(evaluation.nll(), 5)));
    console.line("perplexity  " + Amounts.decimal(evaluation.perplexity(), 4));
    evaluation
        .comparison()
        .ifPresent(
            comparison -> {
              console.line("kl          %s nats".formatted(Amounts.decimal(comparison.kl(), 6)));
              console.line("top1        " + Amounts.decimal(comparison.top1(), 4));
            });
    console.line(
        "over %s predictions in %s windows"
            .formatted(evaluation.predictions(), evaluation.windows()));
    effect.ifPresent(this::lines);
  }

  private static void put(ObjectNode report, Evaluation.Comparison comparison) {
    Json.put(report, "kl", comparison.kl());
    Json.put(report, "top1", comparison.top1());
    Json.put(report, "reference_nll", comparison.referenceNll());
  }

  private static void put(ObjectNode report, Effect effect) {
    Json.put(report, "nll_without", effect.nll());
    Json.put(report, "reference_nll_without", effect.referenceNll());
    Json.put(report, "gain", effect.gain());
    Json.put(report, "reference_gain", effect.referenceGain());
    Json.put(report, "kept", effect.kept());
  }

  private void lines(Effect effect) {
    console.line(
        "the adapter gains %s nats here, %s on the reference: %s %% of it"
            .formatted(
                Amounts.decimal(effect.gain(), 4),
                Amounts.decimal(effect.referenceGain(), 4),
                Amounts.decimal(100 * effect.kept(), 2)));
  }
}
