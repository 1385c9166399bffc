package org.m4fw.host.diffusion;

/** Takes noise away step by step. Made for one run; holds what the run's steps have to remember. */
public sealed interface Scheduler permits PndmScheduler, DdimScheduler {

  /**
   * The start of a run.
   *
   * @param steps how many; PNDM takes one more
   * @throws org.m4fw.base.problem.ProblemException with {@link DiffusionError#WRONG_STEPS}
   */
  static Scheduler start(SchedulerConfig config, int steps) {
    return switch (config.kind()) {
      case PNDM -> new PndmScheduler(config, steps);
      case DDIM -> new DdimScheduler(config, steps);
    };
  }

  /** What the denoiser is to be asked about, in this order. */
  int[] timesteps();

  /**
   * The sample with a little less noise.
   *
   * @param prediction what the denoiser gave for this sample and the next of {@link #timesteps}
   * @param sample is not changed
   */
  float[] step(float[] prediction, float[] sample);
}
