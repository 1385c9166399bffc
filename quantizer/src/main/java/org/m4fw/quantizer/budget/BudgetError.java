package org.m4fw.quantizer.budget;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** Why a budget cannot be kept. */
public enum BudgetError implements ErrorCode {
  NOT_A_SIZE(
      Category.USAGE, "found %s, expected a size", "write 3600000000, 3.6GB, 900MB or 3.4GiB"),
  NOT_BITS(
      Category.USAGE,
      "found %s bits per weight, expected a number from 1 to 32",
      "4.25 is about the size of int4-g64"),
  TWO_BUDGETS(Category.USAGE, "is given beside the other budget", "give bits or bytes"),
  NO_QUANTIZATION(
      Category.USAGE,
      "asks for a size, and the scheme %s leaves no choice",
      "use a scheme of 4 or 8 bits"),
  TOO_SMALL(
      Category.INPUT,
      "allows %s bytes, and the smallest that this model can be is %s",
      "raise the budget; an override can give fewer bits to what it does not choose for, such as an"
          + " embedding"),
  TOO_FEW_BITS(
      Category.INPUT,
      "allows the linear layers %s bytes, and the smallest that they can be is %s",
      "raise the bits: scales count too, and blocks that short rows do not fill");

  private final Category category;
  private final String template;
  private final String hint;

  BudgetError(Category category, String template, String hint) {
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
