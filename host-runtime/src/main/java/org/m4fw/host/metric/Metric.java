package org.m4fw.host.metric;

import java.util.List;
import java.util.Optional;

/** A number for how good answers are as a whole. */
public sealed interface Metric
    permits Accuracy, Bleu, MacroF1, MeanAbsoluteError, RecallAtK, Rouge1, TokenF1, WordErrorRate {

  /** The spellings of {@link #of}, for messages. */
  String KNOWN = "accuracy, bleu, f1, macro-f1, mae, rank-1, recall@K, rouge-1, wer";

  /** The name in reports and statements. */
  String id();

  /**
   * The score: a share from 0 to 1, or for error rates 0 and more.
   *
   * @param cases at least one
   * @throws org.m4fw.base.problem.ProblemException with a {@link MetricError} if the answers are
   *     not of the kind that it measures
   */
  double of(List<Judged> cases);

  /** Whether a smaller number is better. */
  default boolean lowerIsBetter() {
    return false;
  }

  /** The metric with that name; empty if there is none that answers can be measured by. */
  static Optional<Metric> of(String id) {
    return switch (id) {
      case "accuracy" -> Optional.of(new Accuracy());
      case "bleu" -> Optional.of(new Bleu());
      case "f1" -> Optional.of(new TokenF1());
      case "macro-f1" -> Optional.of(new MacroF1());
      case "mae" -> Optional.of(new MeanAbsoluteError());
      case "rank-1" -> Optional.of(new RecallAtK(1));
      case "rouge-1" -> Optional.of(new Rouge1());
      case "wer" -> Optional.of(new WordErrorRate());
      default -> RecallAtK.parse(id);
    };
  }
}
