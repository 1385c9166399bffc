package org.m4fw.host.diffusion;

/**
 * Normally distributed numbers out of a seed, the same on every machine: SplitMix64 (Steele, Lea,
 * Flood 2014) with the seed as its state; of each output the upper 53 bits, plus one half, are a
 * number between 0 and 1; each two, u and v, give √(−2 ln u) · cos 2πv and then · sin 2πv (Box and
 * Muller), computed by {@link StrictMath}. PyTorch's generator gives other numbers for a seed.
 */
public final class Noise {
  private static final long STEP = 0x9E3779B97F4A7C15L;

  private long state;

  private Noise(long seed) {
    this.state = seed;
  }

  /** So many numbers with mean 0 and deviation 1. */
  public static float[] normal(long seed, int count) {
    Noise noise = new Noise(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i += 2) {
      double radius = StrictMath.sqrt(-2 * StrictMath.log(noise.uniform()));
      double angle = 2 * StrictMath.PI * noise.uniform();
      values[i] = (float) (radius * StrictMath.cos(angle));
      if (i + 1 < count) {
        values[i + 1] = (float) (radius * StrictMath.sin(angle));
      }
    }
    return values;
  }

  private double uniform() {
    state += STEP;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return (((z ^ (z >>> 31)) >>> 11) + 0.5) * 0x1p-53;
  }
}
