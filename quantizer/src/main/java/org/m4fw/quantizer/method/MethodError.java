package org.m4fw.quantizer.method;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** Why a method cannot be used. */
public enum MethodError implements ErrorCode {
  UNKNOWN_METHOD(Category.USAGE, "found %s, expected one of %s", "choose one of these"),
  NEEDS_CALIBRATION(
      Category.USAGE,
      "%s looks at the inputs of layers and needs calibration data",
      "name a file of tokens or tensors, or choose the method rtn"),
  TOO_WIDE(
      Category.USAGE,
      "a layer of %s inputs cannot be treated in %s MiB of memory, not even in segments",
      "give more with M4FW_JAVA_OPTIONS=-Xmx1g, or choose the method rtn");

  private final Category category;
  private final String template;
  private final String hint;

  MethodError(Category category, String template, String hint) {
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
