package org.m4fw.quantizer.activation;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** Why activations cannot be quantized. */
public enum ActivationError implements ErrorCode {
  UNKNOWN_OBSERVER(
      Category.USAGE,
      "found %s, expected one of %s",
      "choose one of these; minmax is the simplest"),
  NO_CALIBRATION(
      Category.USAGE,
      "%s computes in whole numbers, whose ranges have to be measured",
      "give calibration data with --calibration: a token file, or inputs as safetensors; or ranges"
          + " that were measured before"),
  BAD_STRENGTH(
      Category.USAGE,
      "found %s, expected a number from 0 to 1",
      "0.5 shares outliers evenly between inputs and weights"),
  BAD_BOUND(
      Category.USAGE,
      "found %s, expected a number of dB from 0 to 100",
      "25 dB are about four bits"),
  BOUND_NEEDS_CALIBRATION(
      Category.USAGE,
      "is for values that are measured on calibration data",
      "name a file of tokens or tensors, or do without a bound"),
  BELOW_BOUND(
      Category.INPUT,
      "%s keeps %s in whole numbers of eight bits, less than the %s dB asked for, and %s takes nothing else",
      "compile this part for a target that computes in floating point, or ask for less"),
  SMOOTHING_NEEDS_CALIBRATION(
      Category.USAGE,
      "looks at the inputs of layers and needs calibration data",
      "name a file of tokens or tensors, or do without smoothing"),
  NO_SAMPLES(
      Category.INPUT,
      "no part of the model can be run on it; it lacks %s",
      "give all inputs of the model as safetensors, or tokens for a language model"),
  NO_WHOLE_FORM(
      Category.INPUT,
      "%s has no form in whole numbers, and %s takes nothing else",
      "compile this part for a target that computes in floating point"),
  NOT_RANGES(
      Category.INPUT,
      "found %s, expected %s",
      "give the file that 'compile' wrote beside the graphs, TARGET.ranges.json"),
  BAD_RANGE(
      Category.INPUT,
      "found %s, expected a positive number of single precision",
      "measure the ranges again, with --calibration"),
  RANGE_TWICE(Category.INPUT, "%s is there twice", "measure the ranges again, with --calibration"),
  OTHER_SMOOTHING(
      Category.INPUT,
      "ranges were measured with --smooth %s, found %s",
      "say --smooth as when they were measured, with the same --calibration"),
  NO_PART_MEASURED(
      Category.INPUT,
      "has ranges of %s, but the model consists of %s",
      "measure the ranges on this model, with --calibration"),
  NOT_FINITE(
      Category.INPUT,
      "the value %s is %s on the calibration data",
      "leave out the data on which the model fails, or use another checkpoint");

  private final Category category;
  private final String template;
  private final String hint;

  ActivationError(Category category, String template, String hint) {
    this.category = category;
    this.template = template;
    this.hint = hint;
  }

  @Override
  public Category category() {
    return category;
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
