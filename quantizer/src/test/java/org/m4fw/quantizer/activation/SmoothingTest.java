package org.m4fw.quantizer.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class SmoothingTest {
  private static final float[] INPUTS = {1, 1, 64, 1};
  private static final float[] COLUMNS = {1, 4, 1, 1};

  @Test
  void atOneAllInputsReachAlikeFar() {
    float[] factors = Smoothing.factors(INPUTS, COLUMNS, 1);
    for (int i = 1; i < INPUTS.length; i++) {
      assertEquals(INPUTS[0] * factors[0], INPUTS[i] * factors[i], 1e-5);
    }
  }

  @Test
  void atZeroAllColumnsReachAlikeFar() {
    float[] factors = Smoothing.factors(INPUTS, COLUMNS, 0);
    for (int i = 1; i < COLUMNS.length; i++) {
      assertEquals(COLUMNS[0] / factors[0], COLUMNS[i] / factors[i], 1e-5);
    }
  }

  @Test
  void inTheMiddleInputsAndColumnsReachAlikeFar() {
    float[] factors = Smoothing.factors(INPUTS, COLUMNS, 0.5);
    float ratio = INPUTS[2] * factors[2] / (COLUMNS[2] / factors[2]);
    assertEquals(ratio, INPUTS[1] * factors[1] / (COLUMNS[1] / factors[1]), 1e-4);
  }

  @Test
  void silentInputsAndColumnsHaveFactors() {
    for (float factor : Smoothing.factors(new float[] {0, 2}, new float[] {3, 0}, 0.5)) {
      assertTrue(factor > 0 && Float.isFinite(factor));
    }
    assertEquals(1, Smoothing.factors(new float[2], new float[2], 0.5)[1], 1e-6);
  }
}
