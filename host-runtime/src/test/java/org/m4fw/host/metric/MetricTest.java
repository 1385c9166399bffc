package org.m4fw.host.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.host.Fixtures;
import tools.jackson.databind.JsonNode;

/** The numbers are those of the implementations that the field quotes. */
final class MetricTest {
  private static final Fields EXPECTED = StrictJson.readObject(Fixtures.path("metric/scores.json"));

  private static Metric metric(String id) {
    return Metric.of(id).orElseThrow();
  }

  private static List<Judged> cases(String name) {
    return EXPECTED.objects(name).stream()
        .map(
            one ->
                new Judged(
                    one.has("ranked") ? one.strings("ranked") : List.of(one.string("answer")),
                    one.strings("references")))
        .toList();
  }

  private static void assertScores(String scores, List<Judged> cases) {
    Fields expected = EXPECTED.object(scores);
    for (String id : expected.names()) {
      assertEquals(expected.number(id), metric(id).of(cases), 1e-7, id);
    }
  }

  @Test
  void textsScoreAsTheOriginalsSay() {
    assertScores("text_scores", cases("texts"));
  }

  @Test
  void eachTextAloneScoresAsTheOriginalsSay() {
    Fields each = EXPECTED.object("each");
    for (String id : each.names()) {
      Iterator<JsonNode> expected = each.node().get(id).iterator();
      for (Judged one : cases("texts")) {
        assertEquals(expected.next().asDouble(), metric(id).of(List.of(one)), 1e-7, one.answer());
      }
    }
  }

  @Test
  void wordErrorsAreCountedAsJiwerDoes() {
    List<Judged> firsts =
        cases("texts").stream()
            .map(one -> new Judged(one.ranked(), List.of(one.references().getFirst())))
            .toList();
    assertScores("first_reference_scores", firsts);
  }

  @Test
  void labelsScoreAsScikitLearnSays() {
    assertScores("label_scores", cases("labels"));
  }

  @Test
  void rankedLabelsScoreAsScikitLearnSays() {
    assertScores("ranked_scores", cases("ranked"));
  }

  @Test
  void wordErrorsAreThoseOfTheNearestReference() {
    Judged one = new Judged(List.of("a b c"), List.of("x y z", "a b d"));
    assertEquals(1.0 / 3, metric("wer").of(List.of(one)), 1e-12);
  }

  @Test
  void answerBesideAnEmptyReferenceIsAllError() {
    assertEquals(1, metric("wer").of(List.of(new Judged(List.of("a"), List.of("")))));
  }

  @Test
  void accuracyTakesAnyReferenceAndNoNoticeOfSpaceAround() {
    Judged right = new Judged(List.of(" yes\n"), List.of("no", "yes"));
    Judged wrong = new Judged(List.of("Yes"), List.of("yes"));
    assertEquals(0.5, metric("accuracy").of(List.of(right, wrong)));
  }

  @Test
  void rankOneIsRecallOfTheFirst() {
    assertEquals("recall@1", metric("rank-1").id());
  }

  @Test
  void onlyErrorRatesAreBetterWhenLower() {
    for (String id : List.of("accuracy", "bleu", "f1", "macro-f1", "recall@5", "rouge-1")) {
      assertEquals(false, metric(id).lowerIsBetter(), id);
    }
    assertTrue(metric("wer").lowerIsBetter());
  }

  @Test
  void metricsThatNeedMoreThanTextAreUnknown() {
    for (String id : List.of("map", "ap", "miou", "ssim", "fid", "recall@0", "recall@", "ROUGE")) {
      assertEquals(Optional.empty(), Metric.of(id), id);
    }
  }

  @Test
  void numbersAreComparedWithTheNearestReference() {
    List<Judged> counts =
        List.of(
            new Judged(List.of(" 12 "), List.of("10")),
            new Judged(List.of("7.5"), List.of("1", "8")),
            new Judged(List.of("-3"), List.of("-3.0")));
    assertEquals((2 + 0.5) / 3, metric("mae").of(counts), 1e-12);
    assertTrue(metric("mae").lowerIsBetter());
  }

  @Test
  void answerThatIsNoNumberHasNoDistance() {
    List<Judged> words = List.of(new Judged(List.of("many"), List.of("10")));
    assertEquals(
        MetricError.NOT_A_NUMBER,
        assertThrows(ProblemException.class, () -> metric("mae").of(words)).problem().code());
  }
}
