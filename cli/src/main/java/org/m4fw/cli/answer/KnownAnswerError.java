package org.m4fw.cli.answer;

import org.m4fw.base.problem.ErrorCode;

/** Why an image does not give its known answers. */
public enum KnownAnswerError implements ErrorCode {
  ANSWERS_MALFORMED("is no list of known answers: %s", "build the image again"),
  ANSWERS_NOT_RUN(
      "cannot be run on this machine: %s",
      "run it on a machine like the target, or verify without --run"),
  ANSWER_MISSING(
      "gives %s where %s is known", "the graph is not the one that was tried: build it again"),
  ANSWER_DIFFERS(
      "answers with a cosine of %.4f to what is known (at least %.3f) and up to %.1f units away (at"
          + " most %d)",
      "do not use the image: weights or graph are not those that were tried when it was built, or"
          + " this machine computes wrongly");

  private final String template;
  private final String hint;

  KnownAnswerError(String template, String hint) {
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
