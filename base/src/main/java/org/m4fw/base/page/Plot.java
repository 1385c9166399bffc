package org.m4fw.base.page;

import java.util.ArrayList;
import java.util.List;

/** Points over two axes as SVG, whose colours the page gives. */
public final class Plot {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 340;
  private static final int LEFT = 66;
  private static final int RIGHT = 20;
  private static final int TOP = 14;
  private static final int BOTTOM = 52;

  /** As many as the page has colours for. */
  public static final int MOST_SERIES = Page.COLOURS;

  private final Axis x;
  private final Axis y;
  private final StringBuilder svg = new StringBuilder();
  private final List<double[]> labels = new ArrayList<>();

  private Plot(Axis x, Axis y) {
    this.x = x;
    this.y = y;
  }

  /**
   * A point.
   *
   * @param hint what is shown when it is pointed at
   * @param label what is written beside it; empty for nothing
   */
  public record Point(double x, double y, String hint, String label) {}

  /**
   * Points of one colour.
   *
   * @param joined whether a line leads from one to the next
   */
  public record Series(String name, List<Point> points, boolean joined) {
    /** The same points, further to the right by so much. */
    public Series moved(double offset) {
      return new Series(
          name,
          points.stream()
              .map(point -> new Point(point.x + offset, point.y, point.hint, point.label))
              .toList(),
          joined);
    }
  }

  /** The plot with its legend. */
  public static String of(String description, Axis x, Axis y, List<Series> series) {
    return new Plot(x, y).draw(description, series);
  }

  private String draw(String description, List<Series> series) {
    svg.append(
        "<figure><svg viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s\">\n"
            .formatted(WIDTH, HEIGHT, Html.text(description)));
    axes();
    for (int i = 0; i < series.size(); i++) {
      marks(series.get(i), i % MOST_SERIES);
    }
    for (Series each : series) {
      each.points().forEach(this::label);
    }
    svg.append("</svg>\n");
    if (series.size() > 1) {
      svg.append("<figcaption>");
      for (int i = 0; i < series.size(); i++) {
        svg.append(
            "<span><i class=\"s%s\"></i>%s</span>"
                .formatted(i % MOST_SERIES, Html.text(series.get(i).name())));
      }
      svg.append("</figcaption>");
    }
    return svg.append("</figure>\n").toString();
  }

  private void axes() {
    for (Axis.Mark mark : y.marks()) {
      double at = top(mark.value());
      svg.append(
          "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/><text class=\"n\" x=\"%s\" y=\"%s\">%s</text>\n"
              .formatted(
                  LEFT,
                  WIDTH - RIGHT,
                  digits(at),
                  digits(at),
                  LEFT - 8,
                  digits(at + 4),
                  Html.text(mark.label())));
    }
    for (Axis.Mark mark : x.marks()) {
      double at = left(mark.value());
      svg.append(
          "<line class=\"tick\" x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/><text class=\"c\" x=\"%s\" y=\"%s\">%s</text>\n"
              .formatted(
                  digits(at),
                  digits(at),
                  HEIGHT - BOTTOM,
                  HEIGHT - BOTTOM + 4,
                  digits(at),
                  HEIGHT - BOTTOM + 18,
                  Html.text(mark.label())));
    }
    svg.append(
        "<line class=\"axis\" x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/>\n"
            .formatted(LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM, HEIGHT - BOTTOM));
    svg.append(
        "<text class=\"c title\" x=\"%s\" y=\"%s\">%s</text>\n"
            .formatted((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, Html.text(x.title())));
    int middle = (TOP + HEIGHT - BOTTOM) / 2;
    svg.append(
        "<text class=\"c title\" transform=\"translate(14 %s) rotate(-90)\">%s</text>\n"
            .formatted(middle, Html.text(y.title())));
  }

  private void marks(Series series, int colour) {
    List<Point> points =
        series.points().stream().filter(point -> x.holds(point.x()) && y.holds(point.y())).toList();
    if (series.joined() && points.size() > 1) {
      svg.append("<polyline class=\"l s%s\" points=\"".formatted(colour));
      points.forEach(
          point -> svg.append("%s,%s ".formatted(digits(left(point.x())), digits(top(point.y())))));
      svg.append("\"/>\n");
    }
    for (Point point : points) {
      svg.append(
          "<circle class=\"s%s\" cx=\"%s\" cy=\"%s\" r=\"4\"><title>%s</title></circle>\n"
              .formatted(
                  colour,
                  digits(left(point.x())),
                  digits(top(point.y())),
                  Html.text(point.hint())));
    }
  }

  /** Beside the point, where no other label is yet: right, left, above or below. */
  private void label(Point point) {
    if (point.label().isEmpty() || !x.holds(point.x()) || !y.holds(point.y())) {
      return;
    }
    double width = 6.4 * point.label().length();
    double px = left(point.x());
    double py = top(point.y());
    double[][] places = {
      {px + 8, py - 6},
      {px - 8 - width, py - 6},
      {px - width / 2, py - 20},
      {px - width / 2, py + 8},
      {px + 6, py - 20},
      {px + 6, py + 8},
      {px - 6 - width, py - 20},
      {px - 6 - width, py + 8}
    };
    double[] best = places[0];
    for (double[] place : places) {
      if (isFree(place[0], place[1], width)) {
        best = place;
        break;
      }
    }
    labels.add(new double[] {best[0], best[1], width});
    svg.append(
        "<text class=\"label\" x=\"%s\" y=\"%s\">%s</text>\n"
            .formatted(digits(best[0]), digits(best[1] + 10), Html.text(point.label())));
  }

  private boolean isFree(double x, double y, double width) {
    boolean inside = x >= LEFT && x + width <= WIDTH - 2 && y >= 0 && y + 12 <= HEIGHT - BOTTOM;
    return inside
        && labels.stream()
            .noneMatch(
                other ->
                    x < other[0] + other[2] + 4
                        && other[0] < x + width + 4
                        && Math.abs(y - other[1]) < 13);
  }

  private double left(double value) {
    return LEFT + (WIDTH - LEFT - RIGHT) * x.place(value);
  }

  private double top(double value) {
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y.place(value);
  }

  private static String digits(double value) {
    return Html.number("%.1f", value);
  }
}
