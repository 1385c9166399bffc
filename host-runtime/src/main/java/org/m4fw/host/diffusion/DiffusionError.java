package org.m4fw.host.diffusion;

import org.m4fw.base.problem.ErrorCode;

/** Why images cannot be generated like this. */
public enum DiffusionError implements ErrorCode {
  UNSUPPORTED(
      "found %s, expected %s", "use the scheduler_config.json of Stable Diffusion 1, or DDIM's"),
  WRONG_STEPS("found %d steps, expected %d to %d", "50 steps are usual, 20 are enough to try"),
  WRONG_SIZE(
      "found %s, expected [1, channels, height, width] of at most %d each",
      "64 to each side, for 512 pixels, is what Stable Diffusion 1 was trained for"),
  WRONG_NOISE("found %s, expected %s", "the denoiser is not one of this kind");

  private final String template;
  private final String hint;

  DiffusionError(String template, String hint) {
    this.template = template;
    this.hint = hint;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }
}
