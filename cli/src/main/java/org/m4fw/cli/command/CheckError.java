package org.m4fw.cli.command;

import org.m4fw.base.problem.ErrorCode;

/** Checks that a command was asked to make and that failed. */
enum CheckError implements ErrorCode {
  TENSOR_MISSING("is missing", "compare files that hold the same tensors, or leave out --strict"),
  NOTHING_IN_COMMON(
      "has no tensor in common with %s", "'m4fw inspect' lists the tensors of a file"),
  SHAPE_DIFFERS("the shapes differ", "compare files that hold the same tensors"),
  ERROR_TOO_LARGE(
      "the largest error is %s, allowed is %s", "'m4fw compare' without bounds shows all"),
  RELATIVE_ERROR_TOO_LARGE(
      "the largest error is %s of the largest magnitude, allowed is %s",
      "'m4fw compare' without bounds shows all"),
  SQNR_TOO_SMALL(
      "the signal-to-noise ratio is %s dB, wanted are %s dB",
      "'m4fw compare' without bounds shows all"),
  ADAPTER_REFUSED(
      "does not fit %s %s (%s): %s",
      "'m4fw adapter check --explain' with the code in parentheses says what to do"),
  CARRIED_TOO_WEAK(
      "carried over by %s it keeps %s of its gain, %s is wanted",
      "train the adapter anew on the new base, or lower --min-kept knowing that"),
  PACKAGES_REFUSED(
      "%d of %d packages cannot be used",
      "'m4fw adapter check PACKAGE BASE' says all about one of them"),
  VERSION_TOO_LOW(
      "has version %s, but its interface differs by a %s change, which asks for %s or newer",
      "raise \"interface\": {\"version\": …} of the component in the recipe"),
  DELTA_NOT_SIGNED(
      "is a delta, which nobody signs",
      "apply or install it: what it makes is verified (`m4fw image apply`)"),
  IMAGES_DIFFER("differs from %s", "the list on standard output shows in what");

  private final String template;
  private final String hint;

  CheckError(String template, String hint) {
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
