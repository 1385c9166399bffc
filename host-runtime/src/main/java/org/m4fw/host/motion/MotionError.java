package org.m4fw.host.motion;

import org.m4fw.base.problem.ErrorCode;

/** Why a file holds no movement that can be taken in. */
public enum MotionError implements ErrorCode {
  NOT_NUMBERS("found %s, expected %s", "give six numbers a line, separated by commas"),
  NOT_NPY("found %s, expected %s", "save the array again with numpy.save"),
  WRONG_SHAPE(
      "found %s, expected [6, samples] or [samples, 6]",
      "rows or columns are acceleration x, y, z and rotation x, y, z"),
  NOT_FINITE("found %s, expected a finite number", "leave out or fill samples that are missing"),
  TOO_LARGE("holds %d samples, more than the %d allowed", "cut the part out that matters"),
  TOO_SHORT(
      "holds %d samples from sample %d on, the model looks at %d",
      "record longer, say the recording's rate if it is not the model's, or ask for zeros after it"),
  TOO_LONG(
      "holds %d samples, the model looks at %d", "say where the window starts, or cut the file");

  private final String template;
  private final String hint;

  MotionError(String template, String hint) {
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
