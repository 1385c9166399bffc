package org.m4fw.graph.ir;

/**
 * Rotary position embedding in the half-rotation form of Hugging Face: the first half of a head
 * turns with the second. Source: Su et al., "RoFormer"; the rescaling of long contexts is that of
 * Llama 3.1 as transformers computes it.
 *
 * @param theta the base of the frequencies
 * @param rescaling how frequencies are stretched beyond the trained context
 */
public record Rotary(double theta, Rescaling rescaling) {

  /** A change of the frequencies for contexts longer than the model was first trained on. */
  public sealed interface Rescaling {
    record None() implements Rescaling {}

    /** All frequencies divided by the factor. */
    record Linear(double factor) implements Rescaling {}

    /**
     * Llama 3.1: low frequencies divided by the factor, high ones kept, those between blended.
     *
     * @param originalContext the context the model was first trained on
     */
    record Llama3(
        double factor, double lowFrequencyFactor, double highFrequencyFactor, long originalContext)
        implements Rescaling {}
  }

  /**
   * The angle per position for each of the {@code headWidth / 2} pairs, in float32 as the original.
   */
  public float[] frequencies(int headWidth) {
    float[] frequencies = new float[headWidth / 2];
    for (int i = 0; i < frequencies.length; i++) {
      float exponent = 2f * i / headWidth;
      float frequency = 1f / (float) Math.pow((float) theta, exponent);
      frequencies[i] = rescale(frequency);
    }
    return frequencies;
  }

  private float rescale(float frequency) {
    return switch (rescaling) {
      case Rescaling.None none -> frequency;
      case Rescaling.Linear linear -> (float) (frequency / linear.factor());
      case Rescaling.Llama3 l -> {
        double wavelength = 2 * Math.PI / frequency;
        double low = l.originalContext() / l.lowFrequencyFactor();
        double high = l.originalContext() / l.highFrequencyFactor();
        if (wavelength < high) {
          yield frequency;
        }
        if (wavelength > low) {
          yield (float) (frequency / l.factor());
        }
        double smooth =
            (l.originalContext() / wavelength - l.lowFrequencyFactor())
                / (l.highFrequencyFactor() - l.lowFrequencyFactor());
        yield (float) ((1 - smooth) * frequency / l.factor() + smooth * frequency);
      }
    };
  }
}
