package org.m4fw.adapter.contract;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import org.m4fw.base.json.Fields;

/** Numbers with fractions, as decimals in strings: canonical JSON has no floats. */
public final class Decimals {
  /** More digits than a double has, which bounds the work of reading one. */
  private static final String FORM = "-?[0-9]{1,16}(\\.[0-9]{1,32})?";

  private static final int PLACES = 32;

  private Decimals() {}

  /**
   * The shortest decimal that reads back as the same double, of at most 32 places.
   *
   * @param value finite, of magnitude below 1e16
   */
  public static Map<String, Object> field(String name, double value) {
    BigDecimal shortest = new BigDecimal(Double.toString(value));
    BigDecimal rounded =
        shortest.scale() > PLACES ? shortest.setScale(PLACES, RoundingMode.HALF_EVEN) : shortest;
    return Map.of(name, rounded.stripTrailingZeros().toPlainString());
  }

  /**
   * Reads one.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link ContractError#BAD_STATEMENT}
   */
  public static double read(Fields fields, String name) {
    String text = fields.string(name);
    if (!text.matches(FORM)) {
      throw ContractError.BAD_STATEMENT.at(fields.file(), name, text, "a decimal number");
    }
    return Double.parseDouble(text);
  }
}
