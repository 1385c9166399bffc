package org.m4fw.quantizer;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** What is wrong with weights that are to be quantized, or with the wish how. */
public enum QuantizerError implements ErrorCode {
  UNKNOWN_SCHEME(
      Category.USAGE,
      "found %s, expected one of %s",
      "choose one of these; int4 is short for int4-g32"),
  UNKNOWN_ENCODING("found %s, expected one of %s", "choose one of these encodings"),
  OVERRIDE_MATCHES_NOTHING(
      "no weight has a name like that%s", "correct the pattern; * stands for any characters"),
  OVERRIDE_IMPOSSIBLE("cannot be stored as %s: %s", "leave this weight out of the overrides"),
  NOT_FINITE(
      "found %s at index %s, expected finite numbers",
      "the checkpoint is damaged, or its training diverged; use another one"),
  SCALE_OVERFLOW(
      "the magnitude %s at index %s needs a scale beyond 65504, the largest F16",
      "keep this weight in f32 with an override"),
  VALUE_OVERFLOW(
      "found %s at index %s, beyond 65504, the largest F16",
      "keep this weight in f32 with an override"),
  NOT_FLOATING_POINT(
      "has elements of type %s, expected F32, F16 or BF16",
      "only floating-point weights can be stored in another encoding"),
  NOT_A_MATRIX("has the shape %s, expected %s", "keep this weight in f16 with an override"),
  ROW_TOO_LONG("has rows of %s elements, more than the %s supported", "keep this weight in f16"),
  QUANTIZED_ALREADY(
      "is stored as %s and cannot become %s",
      "start from the unquantized checkpoint, or ask for the encoding it has"),
  LAYOUT_IMPOSSIBLE(
      "%s cannot be laid out as %s: %s",
      "choose another encoding for this weight with an override"),
  SCALE_NOT_POSITIVE(
      "the scale at index %s is %s, expected a positive one",
      "quantize the unquantized checkpoint again with m4fw");

  private final Category category;
  private final String template;
  private final String hint;

  QuantizerError(String template, String hint) {
    this(Category.INPUT, template, hint);
  }

  QuantizerError(Category category, String template, String hint) {
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
