package org.m4fw.cli.console;

import java.time.Duration;
import java.util.Locale;

/** Numbers as a person reads them. */
public final class Amounts {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Amounts() {}

  /** {@code 987 B}, {@code 5.3 MiB}. */
  public static String bytes(long count) {
    double value = count;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0
        ? "%s B".formatted(count)
        : String.format(Locale.ROOT, value < 100 ? "%.2f %s" : "%.0f %s", value, UNITS[unit]);
  }

  /** {@code 0.4 s}, {@code 12.0 s}, {@code 3 min 05 s}. */
  public static String time(Duration duration) {
    if (duration.toSeconds() < 100) {
      return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }
    return String.format(
        Locale.ROOT, "%d min %02d s", duration.toMinutes(), duration.toSecondsPart());
  }

  /** A number with this many decimal places, whatever the locale. */
  public static String decimal(double value, int places) {
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }
}
