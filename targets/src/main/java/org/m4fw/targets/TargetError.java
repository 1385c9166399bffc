package org.m4fw.targets;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** What is wrong with a target or its file. */
public enum TargetError implements ErrorCode {
  UNKNOWN_TARGET(
      "no target '%s'%s; known are %s",
      "name a known target, or give the path of a target file (docs/target.schema.json)",
      Category.USAGE),
  BAD_ID("found '%s', expected lower-case letters, digits and dashes", "choose an id of that form"),
  UNKNOWN_VALUE("found '%s', expected one of %s", "correct the value"),
  UNKNOWN_ENCODING(
      "found '%s', expected one of f32, f16, int8, int4-g32, int4-g64, int4-g128",
      "name an encoding that m4fw can write"),
  DUPLICATE("'%s' is listed twice", "remove one of the entries"),
  NO_OPERATORS("lists no operator", "list the operators that the runtime implements");

  private final String template;
  private final String hint;
  private final Category category;

  TargetError(String template, String hint) {
    this(template, hint, Category.INPUT);
  }

  TargetError(String template, String hint, Category category) {
    this.template = template;
    this.hint = hint;
    this.category = category;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }

  @Override
  public Category category() {
    return category;
  }
}
