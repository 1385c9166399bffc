package org.m4fw.base.page;

import java.util.List;
import java.util.Locale;

/** Pieces of a page. Everything that goes into one as text passes {@link #text}. */
public final class Html {
  private Html() {}

  /** Text that means itself, whatever characters a checkpoint's names hold. */
  public static String text(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                default -> escaped.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c);
              }
            });
    return escaped.toString();
  }

  /** A number as {@link String#format} writes it, whatever the locale. */
  public static String number(String format, double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "–";
  }

  /** {@code 31.4 dB}. */
  public static String decibels(double value) {
    return value == Double.POSITIVE_INFINITY ? "exact" : number("%.1f dB", value);
  }

  /** {@code 1.23 MB}, with a thousand thousands in a million. */
  public static String bytes(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    String[] units = {"kB", "MB", "GB", "TB"};
    double value = bytes / 1e3;
    int unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
      value /= 1e3;
      unit++;
    }
    return number(value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value)
        + " "
        + units[unit];
  }

  /** A share in the unit that makes it readable. */
  public static String share(double share) {
    return share == 0
        ? "0"
        : share < 1e-4 ? number("%.1f ppm", share * 1e6) : number("%.2f %%", share * 100);
  }

  /** A figure to be seen first. */
  public static String tile(String name, String value, String detail) {
    return "<div class=\"tile\"><div class=\"name\">%s</div><div class=\"value\">%s</div><div class=\"detail\">%s</div></div>\n"
        .formatted(text(name), text(value), text(detail));
  }

  /** A table; headings that begin with {@code >} are those of columns of numbers. */
  public static String table(List<String> headings, List<List<String>> rows) {
    StringBuilder table = new StringBuilder("<div class=\"wide\"><table><thead><tr>");
    for (String heading : headings) {
      table
          .append(isNumber(heading) ? "<th class=\"n\">" : "<th>")
          .append(text(isNumber(heading) ? heading.substring(1) : heading))
          .append("</th>");
    }
    table.append("</tr></thead><tbody>\n");
    for (List<String> row : rows) {
      table.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        table
            .append(isNumber(headings.get(i)) ? "<td class=\"n\">" : "<td>")
            .append(text(row.get(i)))
            .append("</td>");
      }
      table.append("</tr>\n");
    }
    return table.append("</tbody></table></div>\n").toString();
  }

  private static boolean isNumber(String heading) {
    return heading.startsWith(">");
  }
}
