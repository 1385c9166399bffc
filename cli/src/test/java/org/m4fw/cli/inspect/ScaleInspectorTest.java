package org.m4fw.cli.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ProblemException;

class ScaleInspectorTest {
  @Test
  void usualScalesAreNotOdd() {
    assertEquals(List.of(), ScaleInspector.examine("f", "w", 0.01f, 0.5f, -0.02f));
    assertEquals(List.of(), ScaleInspector.examine("f", "w"));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void scaleThatIsNotFiniteIsRefused(float scale) {
    ProblemException e =
        assertThrows(ProblemException.class, () -> ScaleInspector.examine("f", "w", 1f, scale, 1f));
    assertEquals(SanityError.NON_FINITE_SCALE, e.problem().code());
    assertEquals("w", e.problem().item());
  }

  @Test
  void zeroScaleIsOdd() {
    assertEquals(
        List.of("1 of 3 scales are zero: what they scale is all zeros"),
        ScaleInspector.examine("f", "w", 1f, 0f, 1f));
  }

  @Test
  void denormalScaleIsOdd() {
    assertEquals(
        List.of("1 of 3 scales are denormal"), ScaleInspector.examine("f", "w", 1f, 1e-40f, 1f));
  }

  @Test
  void absurdScaleIsOdd() {
    assertEquals(
        List.of("1 of 3 scales are absurdly large"),
        ScaleInspector.examine("f", "w", 1f, -1e30f, 1f));
  }

  @Test
  void scaleOutOfLineIsOdd() {
    float[] scales = new float[100];
    Arrays.fill(scales, 0.001f);
    scales[7] = 1.1f;
    assertEquals(
        List.of("1 of 100 scales are more than 1000 times the median"),
        ScaleInspector.examine("f", "w", scales));
  }
}
