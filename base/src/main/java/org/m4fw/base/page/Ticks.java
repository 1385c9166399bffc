package org.m4fw.base.page;

import java.util.ArrayList;
import java.util.List;

/** Where an axis has its marks: at numbers that people count in. */
final class Ticks {
  private Ticks() {}

  /** About {@code wanted} multiples of 1, 2 or 5 times a power of ten that enclose the range. */
  static List<Double> linear(double min, double max, int wanted) {
    double span = max > min ? max - min : Math.max(1, Math.abs(max));
    double rough = span / wanted;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step =
        power * (rough / power <= 1 ? 1 : rough / power <= 2 ? 2 : rough / power <= 5 ? 5 : 10);
    List<Double> ticks = new ArrayList<>();
    long first = (long) Math.floor(min / step);
    long last = Math.max(first + 1, (long) Math.ceil(max / step));
    for (long i = first; i <= last; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** Powers of ten that enclose the range; of a short one also twice and five times these. */
  static List<Double> logarithmic(double min, double max) {
    int first = (int) Math.floor(Math.log10(min));
    int last = Math.max(first + 1, (int) Math.ceil(Math.log10(max)));
    List<Double> ticks = new ArrayList<>();
    for (int power = first; power <= last; power++) {
      ticks.add(Math.pow(10, power));
      if (last - first <= 2 && power < last) {
        ticks.add(2 * Math.pow(10, power));
        ticks.add(5 * Math.pow(10, power));
      }
    }
    while (ticks.size() > 2 && ticks.get(1) <= min) {
      ticks.removeFirst();
    }
    while (ticks.size() > 2 && ticks.get(ticks.size() - 2) >= max) {
      ticks.removeLast();
    }
    return ticks;
  }

  /** As short as it says what it means. */
  static String label(double value) {
    if (value == 0) {
      return "0";
    }
    double magnitude = Math.abs(value);
    if (magnitude >= 1e5 || magnitude < 1e-3) {
      return Html.number("%.0e", value).replace("e-0", "e-").replace("e+0", "e+");
    }
    String text = Html.number("%.4f", value);
    return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
  }
}
