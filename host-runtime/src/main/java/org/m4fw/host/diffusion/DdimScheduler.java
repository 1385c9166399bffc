package org.m4fw.host.diffusion;

/**
 * Denoising diffusion implicit models (Song, Meng, Ermon 2021, equation 12 with η = 0), as {@code
 * DDIMScheduler} of diffusers.
 */
final class DdimScheduler implements Scheduler {
  private final SchedulerConfig config;
  private final NoiseLevels levels;
  private final int[] timesteps;
  private final int stride;
  private int done;

  DdimScheduler(SchedulerConfig config, int steps) {
    this.config = config;
    this.levels = new NoiseLevels(config);
    this.timesteps = Timesteps.of(config, steps);
    this.stride = config.trainSteps() / steps;
  }

  @Override
  public int[] timesteps() {
    return timesteps.clone();
  }

  @Override
  public float[] step(float[] prediction, float[] sample) {
    int step = timesteps[done++];
    double now = levels.at(step);
    double then = levels.at(step - stride);
    float[] result = new float[sample.length];
    for (int i = 0; i < result.length; i++) {
      double image = image(prediction[i], sample[i], now);
      result[i] =
          (float)
              (Math.sqrt(then) * image
                  + Math.sqrt(1 - then) * noise(prediction[i], sample[i], now));
    }
    return result;
  }

  /** The image without noise that the prediction means. */
  private double image(double prediction, double sample, double now) {
    double image =
        switch (config.prediction()) {
          case EPSILON -> (sample - Math.sqrt(1 - now) * prediction) / Math.sqrt(now);
          case V_PREDICTION -> Math.sqrt(now) * sample - Math.sqrt(1 - now) * prediction;
        };
    return config.clip() == 0 ? image : Math.clamp(image, -config.clip(), config.clip());
  }

  private double noise(double prediction, double sample, double now) {
    return switch (config.prediction()) {
      case EPSILON -> prediction;
      case V_PREDICTION -> Math.sqrt(now) * prediction + Math.sqrt(1 - now) * sample;
    };
  }
}
