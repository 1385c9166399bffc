package org.m4fw.cli.answer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorFloats;

class KnownAnswersTest {
  private static final Shape SHAPE = Shape.of(2, 50);

  /** The numbers are those of another implementation of the rule in docs/trust.md. */
  @Test
  void inputsAreThoseOfTheDocumentedRule() {
    try (Arena arena = Arena.ofConfined()) {
      Question ids = new Question("input_ids", Shape.of(1, 3), OptionalInt.of(512));
      assertArrayEquals(
          new long[] {322, 233, 187}, ids.tensor(arena).data().toArray(ValueLayout.JAVA_LONG));
      Question pixels = new Question("pixels", Shape.of(3), OptionalInt.empty());
      assertArrayEquals(
          new float[] {-1705581 * 0x1p-23f, -429370 * 0x1p-23f, -851667 * 0x1p-23f},
          TensorFloats.all(pixels.tensor(arena)));
    }
  }

  private static float[] output() {
    float[] output = new float[100];
    for (int i = 0; i < output.length; i++) {
      output[i] = (float) Math.sin(i);
    }
    return output;
  }

  private static Answer answer() {
    return Answer.of("out", SHAPE, output()).orElseThrow();
  }

  @Test
  void sampleIsRoundedToHalfAUnit() {
    Answer.Distance distance = answer().distance(output());
    assertTrue(distance.worst() <= 0.5, distance.toString());
    assertTrue(distance.cosine() > 0.9999, distance.toString());
    assertEquals(Answer.MOST_VALUES, answer().values().size());
  }

  @Test
  void otherOutputIsFarAway() {
    float[] other = output();
    for (int i = 0; i < other.length; i++) {
      other[i] = -other[i];
    }
    Answer.Distance distance = answer().distance(other);
    assertTrue(distance.cosine() < -0.99, distance.toString());
    assertTrue(distance.worst() > 100, distance.toString());
  }

  @Test
  void nothingButZerosIsNoAnswer() {
    assertEquals(0, answer().distance(new float[100]).cosine());
  }

  @Test
  void whatIsNotFiniteIsInfinitelyFarAwayAndNeverKnown() {
    float[] broken = new float[100];
    Arrays.fill(broken, Float.NaN);
    assertEquals(Double.POSITIVE_INFINITY, answer().distance(broken).worst());
    assertEquals(Optional.empty(), Answer.of("out", SHAPE, broken));
  }

  @Test
  void knownZerosAreRecognized() {
    Answer zeros = Answer.of("out", SHAPE, new float[100]).orElseThrow();
    assertEquals(new Answer.Distance(1, 0), zeros.distance(new float[100]));
    assertTrue(zeros.distance(output()).worst() > 8);
  }

  private static String json() {
    return new String(
        KnownAnswersJson.bytes(
            new KnownAnswers(
                List.of(
                    new Question("ids", Shape.of(1, 4), OptionalInt.of(7)),
                    new Question("mel", Shape.of(80), OptionalInt.empty())),
                List.of(new Answer("out", Shape.of(2), -3, List.of(127, -4))),
                990,
                8)),
        StandardCharsets.UTF_8);
  }

  private static KnownAnswers read(String json) {
    return KnownAnswersJson.read("image", json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void sectionIsReadAsItIsWritten() {
    assertEquals(json(), new String(KnownAnswersJson.bytes(read(json())), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "answers/1|answers/2",
        "[127,-4]|[127]",
        "\"shape\":[2]|\"shape\":[2,4294967296]",
        "\"shape\":[80]|\"shape\":[16777216,16777216]",
        "\"shape\":[80]|\"shape\":[1,1,1,1,1,1,1,1,1]",
        "mel|ids",
      })
  void malformedSectionsAreRefused(String old, String replacement) {
    assertTrue(json().contains(old));
    ProblemException refusal =
        assertThrows(ProblemException.class, () -> read(json().replace(old, replacement)));
    assertTrue(
        List.of("ANSWERS_MALFORMED", "OUT_OF_RANGE").contains(refusal.problem().code().name()),
        refusal.problem().text());
  }
}
