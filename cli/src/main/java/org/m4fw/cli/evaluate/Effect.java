package org.m4fw.cli.evaluate;

import java.util.Optional;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;
import org.m4fw.host.TokenFile;

/**
 * What an adapter gains on a model, beside what it gains on the model's reference: all mean
 * negative log-likelihoods in nats.
 */
public record Effect(double nll, double adapted, double referenceNll, double referenceAdapted) {

  /** Nats that the adapter gains. */
  public double gain() {
    return nll - adapted;
  }

  /** Nats that it gains on the reference. */
  public double referenceGain() {
    return referenceNll - referenceAdapted;
  }

  /** The share of its gain on the reference that it has here. */
  public double kept() {
    return gain() / referenceGain();
  }

  /** Measures it by running both models without the adapter; with it, they were measured before. */
  public static Effect of(
      ModelRequest model,
      ModelRequest reference,
      Evaluation adapted,
      TokenFile tokens,
      Progress progress) {
    Effect effect =
        new Effect(
            nll(model.withoutAdapter(), tokens, progress),
            adapted.nll(),
            nll(reference.withoutAdapter(), tokens, progress),
            adapted.comparison().orElseThrow().referenceNll());
    if (!(effect.referenceGain() > 0)) {
      throw EvaluationError.NO_GAIN.at(
          reference.path(), "", String.valueOf(effect.referenceGain()));
    }
    return effect;
  }

  /** The mean negative log-likelihood of a text. */
  public static double nll(ModelRequest request, TokenFile tokens, Progress progress) {
    try (RunnableModel model = ModelOpener.open(request, CacheDirectory.ofUser(), progress);
        Decoder decoder = model.openDecoder()) {
      return Evaluation.of(decoder, Optional.empty(), tokens, progress).nll();
    }
  }
}
