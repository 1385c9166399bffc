package org.m4fw.host.diffusion;

/** Which steps of training the denoiser is asked about, the noisiest first. */
final class Timesteps {
  private Timesteps() {}

  /**
   * The steps.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link DiffusionError#WRONG_STEPS}
   */
  static int[] of(SchedulerConfig config, int count) {
    int least = config.kind() == SchedulerConfig.Kind.PNDM ? 2 : 1;
    if (count < least || count > config.trainSteps()) {
      throw DiffusionError.WRONG_STEPS.at("", "steps", count, least, config.trainSteps());
    }
    int[] spaced = spaced(config, count);
    return config.kind() == SchedulerConfig.Kind.PNDM ? secondTwice(spaced) : spaced;
  }

  private static int[] spaced(SchedulerConfig config, int count) {
    int train = config.trainSteps();
    int[] steps = new int[count];
    for (int i = 0; i < count; i++) {
      int fromEnd = count - 1 - i;
      double step =
          switch (config.spacing()) {
            case LEADING -> fromEnd * (train / count) + config.offset();
            case TRAILING -> Math.rint(train - i * ((double) train / count)) - 1;
            case LINSPACE -> count == 1 ? 0 : Math.rint(fromEnd * (train - 1.0) / (count - 1));
          };
      steps[i] = (int) Math.min(step, train - 1);
    }
    return steps;
  }

  /** The multistep method needs two looks before it can go on: the second step comes again. */
  private static int[] secondTwice(int[] steps) {
    int[] result = new int[steps.length + 1];
    result[0] = steps[0];
    System.arraycopy(steps, 1, result, 2, steps.length - 1);
    result[1] = steps[1];
    return result;
  }
}
