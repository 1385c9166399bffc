package org.m4fw.graph.ir;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

final class RotaryTest {

  @Test
  void frequenciesFallFromOneByPowersOfTheta() {
    float[] frequencies = new Rotary(10_000, new Rotary.Rescaling.None()).frequencies(4);
    assertArrayEquals(new float[] {1f, 0.01f}, frequencies, 1e-9f);
  }

  @Test
  void linearRescalingDividesAllFrequencies() {
    float[] frequencies = new Rotary(10_000, new Rotary.Rescaling.Linear(4)).frequencies(4);
    assertArrayEquals(new float[] {0.25f, 0.0025f}, frequencies, 1e-9f);
  }

  @Test
  void llama3RescalingKeepsHighDividesLowAndBlendsBetween() {
    // Computed with the formula of transformers' _compute_llama3_parameters in double precision:
    // wavelengths 6.28, 198.7 and 6283 against bounds of 16 (kept) and 64 (divided).
    float[] frequencies =
        new Rotary(1_000_000, new Rotary.Rescaling.Llama3(8, 1, 4, 64)).frequencies(8);
    float[] plain = new Rotary(1_000_000, new Rotary.Rescaling.None()).frequencies(8);
    assertArrayEquals(
        new float[] {plain[0], plain[1] / 8, plain[2] / 8, plain[3] / 8}, frequencies, 1e-7f);
    float[] blended = new Rotary(500_000, new Rotary.Rescaling.Llama3(8, 1, 4, 64)).frequencies(16);
    double frequency = Math.pow(500_000, -2 / 16.0);
    double smooth = (64 * frequency / (2 * Math.PI) - 1) / 3;
    double expected = (1 - smooth) * frequency / 8 + smooth * frequency;
    assertArrayEquals(new float[] {(float) expected}, new float[] {blended[1]}, 1e-7f);
  }
}
