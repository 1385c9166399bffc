package org.m4fw.cli.evaluate;

import org.m4fw.base.problem.ErrorCode;

/** What is wrong with an evaluation, or with what it found. */
public enum EvaluationError implements ErrorCode {
  TOO_MANY_ITEMS("has more than %s questions", "take a part of it"),
  LINE_TOO_LONG("a line has %s bytes, at most %s are read", "a line is one question"),
  NO_ITEMS("holds no questions", "write a JSON object a line: {\"text\": …, \"references\": […]}"),
  NO_REFERENCES("says nothing about what is right", "give \"references\", at least one text"),
  NOT_TEXT("has '%s', and a model continues texts", "name a task of an image with --task"),
  NOT_JUDGED(
      "task '%s' gives %s, which no metric here judges",
      "evaluate a task that ends in text or labels"),
  UNKNOWN_METRIC("there is no metric '%s'; there are %s", "give one of these"),
  NOT_MEASURED(
      "'%s', the metric of %s, is not measured: %s",
      "name another metric with --metric, or measure it elsewhere"),
  METRIC_MISSING(
      "it is not said what to measure", "give --metric, or an adapter whose task names one"),
  BELOW("%s is %s, at least %s is asked for", "see what changed, or lower --min knowing that"),
  ABOVE("%s is %s, at most %s is asked for", "see what changed, or raise --max knowing that"),
  DROPPED(
      "%s is %s, which is %s worse than the %s of the reference; %s is allowed",
      "choose a finer scheme, or raise --max-drop knowing that"),
  KEPT_TOO_LITTLE(
      "keeps %s of the adapter's gain, at least %s is asked for",
      "choose a finer scheme, or lower --min-kept knowing that"),
  NO_GAIN(
      "the adapter gains nothing on the reference (%s nats)",
      "give tokens of a text that it is for"),
  WRONG_SIDE("%s is better when it is %s", "give %s"),
  REFERENCE_MISSING("there is nothing to compare with", "give --reference");

  private final String template;
  private final String hint;

  EvaluationError(String template, String hint) {
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
