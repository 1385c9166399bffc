package org.m4fw.adapter.answer;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.host.Decoder;
import org.m4fw.host.DecoderRun;
import org.m4fw.host.Logits;
import org.m4fw.host.Scores;

/**
 * A question and what the adapter answered when it was bound.
 *
 * @param ids the question's tokens
 * @param logits the scores of the token after it, one per token of the vocabulary
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record KnownAnswer(List<Long> ids, float[] logits) {
  public KnownAnswer {
    ids = List.copyOf(ids);
  }

  /**
   * How far answers are from the recorded ones.
   *
   * @param kl mean KL divergence of the recorded predictions to these, in nats
   * @param same how many have the same first choice
   */
  public record Distance(double kl, int same, int cases) {}

  /** Puts the questions to a decoder with its adapter. */
  public static List<KnownAnswer> record(Decoder decoder, List<List<Long>> questions) {
    List<KnownAnswer> answers = new ArrayList<>();
    for (List<Long> question : questions) {
      answers.add(new KnownAnswer(question, ask(decoder, question)));
    }
    return answers;
  }

  /** Puts the same questions to a decoder and compares. */
  public static Distance compare(Decoder decoder, List<KnownAnswer> answers) {
    double kl = 0;
    int same = 0;
    int vocabulary = decoder.geometry().vocabulary();
    if (answers.stream().anyMatch(answer -> answer.logits().length != vocabulary)) {
      return new Distance(Double.POSITIVE_INFINITY, 0, answers.size());
    }
    for (KnownAnswer answer : answers) {
      float[] found = ask(decoder, answer.ids());
      kl += Scores.divergence(answer.logits(), found);
      same += Scores.best(found) == Scores.best(answer.logits()) ? 1 : 0;
    }
    return new Distance(kl / answers.size(), same, answers.size());
  }

  private static float[] ask(Decoder decoder, List<Long> question) {
    long[] ids = question.stream().mapToLong(Long::longValue).toArray();
    float[] scores = new float[decoder.geometry().vocabulary()];
    try (DecoderRun run = decoder.start(1, ids.length)) {
      Logits logits = run.feed(ids);
      logits.read(0, logits.length() - 1, scores);
    }
    return scores;
  }
}
