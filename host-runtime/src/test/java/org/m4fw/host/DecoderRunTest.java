package org.m4fw.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.legalize.AdapterInputs;

final class DecoderRunTest {
  private static final int VOCABULARY = 300;
  private static final long[] IDS = {1, 17, 42, 99, 250, 7, 1, 8, 200, 3, 60, 61};

  private final Checkpoint checkpoint = Checkpoint.open(Models.golden("llama-gqa-bf16-sharded"));

  @AfterEach
  void close() {
    checkpoint.close();
  }

  private Decoder decoder(String target) {
    AdapterInputs inputs =
        target.equals("jetson-orin-nx") ? AdapterInputs.REQUIRED : AdapterInputs.OPTIONAL;
    return Decoder.open("llama", Models.compile(checkpoint, target, inputs), Optional.empty());
  }

  private static float[] last(Logits logits, int row) {
    float[] scores = new float[VOCABULARY];
    logits.read(row, logits.length() - 1, scores);
    return scores;
  }

  private static void refused(ErrorCode code, Runnable action) {
    ProblemException e = assertThrows(ProblemException.class, action::run);
    assertEquals(code, e.problem().code(), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "jetson-orin-nx"})
  void batchFedInPiecesGivesTheSameAsAtOnce(String target) {
    try (Decoder decoder = decoder(target);
        DecoderRun whole = decoder.start(2, 6);
        DecoderRun pieces = decoder.start(2, 6)) {
      Logits expected = whole.feed(IDS);
      pieces.feed(new long[] {1, 17, 1, 8});
      pieces.feed(new long[] {42, 99, 250, 200, 3, 60});
      Logits actual = pieces.feed(new long[] {7, 61});
      assertEquals(6, pieces.length());
      float tolerance = target.equals("host") ? 1e-5f : 2e-3f;
      assertArrayEquals(last(expected, 0), last(actual, 0), tolerance);
      assertArrayEquals(last(expected, 1), last(actual, 1), tolerance);
    }
  }

  @Test
  void sequencesOfABatchDoNotSeeEachOther() {
    try (Decoder decoder = decoder("host");
        DecoderRun both = decoder.start(2, 6);
        DecoderRun alone = decoder.start(1, 6)) {
      assertArrayEquals(
          last(alone.feed(new long[] {1, 8, 200, 3, 60, 61}), 0), last(both.feed(IDS), 1), 1e-5f);
    }
  }

  @Test
  void greedyGenerationTakesTheBestTokenOfEveryStep() {
    try (Decoder decoder = decoder("host")) {
      List<Long> heard = new ArrayList<>();
      Generation generation =
          Generation.run(decoder, new long[] {1, 17, 42}, 5, Sampler.greedy(), heard::add);
      assertEquals(generation.ids(), heard);
      assertEquals(List.of(1L, 17L, 42L), generation.prompt());
      try (DecoderRun run = decoder.start(1, 8)) {
        Logits logits = run.feed(new long[] {1, 17, 42});
        for (long id : generation.ids()) {
          assertEquals(logits.best(0, logits.length() - 1), id);
          logits = run.feed(new long[] {id});
        }
      }
    }
  }

  @Test
  void sameSeedGivesTheSameText() {
    try (Decoder decoder = decoder("host")) {
      long[] prompt = {1, 17, 42};
      List<Long> first =
          Generation.run(decoder, prompt, 8, Sampler.random(1, 7), token -> {}).ids();
      List<Long> second =
          Generation.run(decoder, prompt, 8, Sampler.random(1, 7), token -> {}).ids();
      List<Long> other =
          Generation.run(decoder, prompt, 8, Sampler.random(1, 8), token -> {}).ids();
      assertEquals(first, second);
      assertFalse(first.equals(other));
    }
  }

  @Test
  void generationStopsAtTheEndOfTheContext() {
    try (Decoder decoder = decoder("host")) {
      int context = decoder.geometry().context();
      Generation generation =
          Generation.run(decoder, new long[context - 2], 10, logits -> 5, token -> {});
      assertEquals(3, generation.ids().size());
    }
  }

  @Test
  void decoderComparedWithItselfHasNoDivergence() {
    try (Decoder decoder = decoder("host")) {
      Evaluation evaluation =
          Evaluation.of(
              decoder,
              Optional.of(decoder),
              new TokenFile("tokens.json", 6, IDS),
              Progress.silent());
      Evaluation.Comparison comparison = evaluation.comparison().orElseThrow();
      assertEquals(2, evaluation.windows());
      assertEquals(10, evaluation.predictions());
      assertEquals(0, comparison.kl(), 1e-12);
      assertEquals(1, comparison.top1());
      assertEquals(Math.exp(evaluation.nll()), evaluation.perplexity());
    }
  }

  @Test
  void tokensOutsideTheVocabularyAreRefused() {
    try (Decoder decoder = decoder("host");
        DecoderRun run = decoder.start(1, 4)) {
      refused(HostError.TOKEN_OUT_OF_RANGE, () -> run.feed(new long[] {1, VOCABULARY}));
      refused(HostError.TOKEN_OUT_OF_RANGE, () -> run.feed(new long[] {-1}));
    }
  }

  @Test
  void moreTokensThanTheCacheHoldsAreRefused() {
    try (Decoder decoder = decoder("host");
        DecoderRun run = decoder.start(1, 4)) {
      refused(HostError.TOO_LONG, () -> run.feed(new long[5]));
      refused(HostError.TOO_LONG, () -> decoder.start(1, decoder.geometry().context() + 1));
    }
  }

  @Test
  void noTokensAreRefused() {
    try (Decoder decoder = decoder("host");
        DecoderRun run = decoder.start(1, 4)) {
      refused(HostError.NO_TOKENS, () -> run.feed(new long[0]));
    }
  }
}
