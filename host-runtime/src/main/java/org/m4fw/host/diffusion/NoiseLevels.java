package org.m4fw.host.diffusion;

/**
 * How much of the image is left after each step of training: the running product of 1 − β, in
 * 32-bit floats as diffusers keeps it.
 */
final class NoiseLevels {
  private final float[] kept;
  private final double last;

  NoiseLevels(SchedulerConfig config) {
    this.kept = new float[config.trainSteps()];
    float product = 1;
    for (int i = 0; i < kept.length; i++) {
      product *= 1 - (float) beta(config.betas(), i, kept.length);
      kept[i] = product;
    }
    this.last = config.alphaToOne() ? 1 : kept[0];
  }

  private static double beta(SchedulerConfig.Betas betas, int step, int steps) {
    double part = steps == 1 ? 0 : step / (steps - 1.0);
    return switch (betas.growth()) {
      case LINEAR -> betas.first() + part * (betas.last() - betas.first());
      case SCALED_LINEAR -> {
        double first = Math.sqrt(betas.first());
        double root = first + part * (Math.sqrt(betas.last()) - first);
        yield root * root;
      }
    };
  }

  /** The share of the image's power; a step before the first is the end. */
  double at(int step) {
    return step < 0 ? last : kept[Math.min(step, kept.length - 1)];
  }
}
