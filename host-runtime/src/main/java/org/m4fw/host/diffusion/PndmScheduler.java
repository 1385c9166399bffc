package org.m4fw.host.diffusion;

import java.util.ArrayList;
import java.util.List;

/**
 * The pseudo linear multistep method (Liu, Ren, Lin, Zhao 2022, equations 9 and 12), as {@code
 * PNDMScheduler} of diffusers without its Runge-Kutta steps: the noise of up to four steps is
 * combined; the first step is taken a second time with the mean of both ends.
 */
final class PndmScheduler implements Scheduler {
  private static final int REMEMBERED = 4;

  private final SchedulerConfig config;
  private final NoiseLevels levels;
  private final int[] timesteps;
  private final int stride;

  /** Predictions of the last steps, the newest first. */
  private final List<float[]> predictions = new ArrayList<>();

  private float[] start = {};
  private int done;

  PndmScheduler(SchedulerConfig config, int steps) {
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
    int step = timesteps[done];
    boolean again = done == 1;
    done++;
    if (again) {
      float[] mean = new float[prediction.length];
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (prediction[i] + predictions.getFirst()[i]) / 2;
      }
      return move(mean, start, step + stride, step);
    }
    if (done == 1) {
      start = sample.clone();
    }
    predictions.addFirst(prediction.clone());
    if (predictions.size() > REMEMBERED) {
      predictions.removeLast();
    }
    return move(combined(), sample, step, step - stride);
  }

  /** Adams and Bashforth's weights for as many predictions as there are. */
  private float[] combined() {
    double[] weights =
        switch (predictions.size()) {
          case 1 -> new double[] {1};
          case 2 -> new double[] {3.0 / 2, -1.0 / 2};
          case 3 -> new double[] {23.0 / 12, -16.0 / 12, 5.0 / 12};
          default -> new double[] {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24};
        };
    float[] sum = new float[predictions.getFirst().length];
    for (int i = 0; i < sum.length; i++) {
      double value = 0;
      for (int k = 0; k < weights.length; k++) {
        value += weights[k] * predictions.get(k)[i];
      }
      sum[i] = (float) value;
    }
    return sum;
  }

  /** Equation 9: from one step of training to an earlier one. */
  private float[] move(float[] prediction, float[] sample, int from, int to) {
    double now = levels.at(from);
    double then = levels.at(to);
    double kept = Math.sqrt(then / now);
    double removed = (then - now) / (now * Math.sqrt(1 - then) + Math.sqrt(now * (1 - now) * then));
    float[] result = new float[sample.length];
    for (int i = 0; i < result.length; i++) {
      double noise =
          switch (config.prediction()) {
            case EPSILON -> prediction[i];
            case V_PREDICTION -> Math.sqrt(now) * prediction[i] + Math.sqrt(1 - now) * sample[i];
          };
      result[i] = (float) (kept * sample[i] - removed * noise);
    }
    return result;
  }
}
