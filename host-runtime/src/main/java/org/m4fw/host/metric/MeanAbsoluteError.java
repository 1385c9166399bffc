package org.m4fw.host.metric;

import java.util.List;
import java.util.regex.Pattern;

/**
 * How far answers that are numbers, such as counts, are from their references, on average; the
 * nearest reference counts.
 */
record MeanAbsoluteError() implements Metric {
  private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,15}(\\.[0-9]{1,15})?");

  @Override
  public String id() {
    return "mae";
  }

  @Override
  public boolean lowerIsBetter() {
    return true;
  }

  @Override
  public double of(List<Judged> cases) {
    double sum = 0;
    for (Judged one : cases) {
      double answer = number(one.answer());
      sum +=
          one.references().stream()
              .mapToDouble(reference -> Math.abs(answer - number(reference)))
              .min()
              .orElseThrow();
    }
    return sum / cases.size();
  }

  private static double number(String text) {
    String stripped = text.strip();
    if (!NUMBER.matcher(stripped).matches()) {
      throw MetricError.NOT_A_NUMBER.at("", "mae", stripped);
    }
    return Double.parseDouble(stripped);
  }
}
