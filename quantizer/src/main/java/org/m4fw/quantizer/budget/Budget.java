package org.m4fw.quantizer.budget;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How large quantized weights may be. */
public sealed interface Budget {

  /** In words, for reasons: {@code 4.25 bits per weight}. */
  String describe();

  /**
   * The size of all linear layers that the plan quantizes, their scales included, divided by the
   * number of their weights. Everything else has the size that the scheme gives it.
   */
  record Bits(double perWeight) implements Budget {
    @Override
    public String describe() {
      return String.format(Locale.ROOT, "%s bits per weight of linear layers", perWeight);
    }
  }

  /** The size of all weights of the model, scales, embedding and norms included. */
  record Bytes(long total) implements Budget {
    @Override
    public String describe() {
      return total + " bytes";
    }
  }

  /**
   * From bits per weight.
   *
   * @param file where they stand, for messages; may be empty
   * @throws org.m4fw.base.problem.ProblemException with {@link BudgetError#NOT_BITS}
   */
  static Budget bits(String file, String item, double bits) {
    if (!(bits >= 1 && bits <= 32)) {
      throw BudgetError.NOT_BITS.at(file, item, bits);
    }
    return new Bits(bits);
  }

  /**
   * From a size such as {@code 3.6GB}: a number and B, kB, MB, GB (powers of 1000), KiB, MiB or GiB
   * (of 1024); without a unit in bytes.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link BudgetError#NOT_A_SIZE}
   */
  static Budget bytes(String file, String item, String size) {
    Map<String, Long> units =
        new TreeMap<>(
            Map.of(
                "",
                1L,
                "b",
                1L,
                "kb",
                1_000L,
                "mb",
                1_000_000L,
                "gb",
                1_000_000_000L,
                "kib",
                1L << 10,
                "mib",
                1L << 20,
                "gib",
                1L << 30));
    String text = size.strip().toLowerCase(Locale.ROOT);
    int end = 0;
    while (end < text.length() && "0123456789.".indexOf(text.charAt(end)) >= 0) {
      end++;
    }
    Long unit = units.get(text.substring(end).strip());
    try {
      if (unit != null && end > 0 && end <= 16) {
        BigDecimal number = new BigDecimal(text.substring(0, end));
        BigDecimal bytes = number.multiply(BigDecimal.valueOf(unit));
        return new Bytes(bytes.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValue());
      }
    } catch (NumberFormatException e) {
      throw BudgetError.NOT_A_SIZE.at(file, item, size);
    }
    throw BudgetError.NOT_A_SIZE.at(file, item, size);
  }
}
