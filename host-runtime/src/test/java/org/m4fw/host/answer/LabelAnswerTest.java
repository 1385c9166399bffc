package org.m4fw.host.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.m4fw.host.Fixtures;

/** Probabilities are those of PyTorch's softmax over scalar products. */
final class LabelAnswerTest {
  private static final List<String> LABELS = List.of("0", "1", "2", "3");

  private static float[] numbers(String name) {
    return Fixtures.numbers("answer/labels.safetensors", name);
  }

  @Test
  void probabilitiesAndCosinesAreThoseOfPyTorch() {
    LabelAnswer answer = LabelAnswer.nearest(numbers("vector"), LABELS, numbers("labels"));
    float[] probabilities = numbers("probabilities");
    float[] cosines = numbers("cosines");
    double before = 1;
    for (LabelAnswer.Choice choice : answer.choices()) {
      int label = Integer.parseInt(choice.label());
      assertEquals(probabilities[label], choice.probability(), 1e-6);
      assertEquals(cosines[label], choice.cosine(), 1e-6);
      assertEquals(true, choice.probability() <= before);
      before = choice.probability();
    }
  }

  @Test
  void largeScoresDoNotOverflow() {
    LabelAnswer answer = LabelAnswer.ofScores(List.of("a", "b"), new float[] {1e30f, -1e30f});
    assertEquals("a", answer.best().label());
    assertEquals(1, answer.best().probability());
  }

  @Test
  void equallyLikelyLabelsKeepTheirOrder() {
    LabelAnswer answer = LabelAnswer.ofScores(LABELS, new float[4]);
    assertEquals(LABELS, answer.choices().stream().map(LabelAnswer.Choice::label).toList());
    assertEquals(0.25, answer.best().probability());
  }

  @Test
  void labelsHaveToFitTheirVectors() {
    assertThrows(
        IllegalArgumentException.class,
        () -> LabelAnswer.nearest(new float[3], LABELS, new float[11]));
  }
}
