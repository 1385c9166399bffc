package org.m4fw.base.page;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * From numbers to places along a line.
 *
 * @param from the number at its beginning; to, that at its end
 * @param marks at which numbers it is labelled
 */
public record Axis(String title, boolean logarithmic, double from, double to, List<Mark> marks) {

  /** A labelled number. */
  public record Mark(double value, String label) {}

  public static Axis linear(String title, DoubleStream values, int wanted) {
    double[] all = values.filter(Double::isFinite).toArray();
    double min = DoubleStream.of(all).min().orElse(0);
    double max = DoubleStream.of(all).max().orElse(1);
    return over(title, false, Ticks.linear(min, max, wanted));
  }

  public static Axis logarithmic(String title, DoubleStream values) {
    double[] all = values.filter(value -> Double.isFinite(value) && value > 0).toArray();
    double min = DoubleStream.of(all).min().orElse(1);
    double max = DoubleStream.of(all).max().orElse(10);
    return over(title, true, Ticks.logarithmic(min, max));
  }

  /** Names side by side, at 0, 1, 2 …; of many only every so manieth is written. */
  public static Axis names(String title, List<String> names) {
    int every = Math.max(1, Math.ceilDiv(names.size(), 16));
    List<Mark> marks = new ArrayList<>();
    for (int i = 0; i < names.size(); i += every) {
      marks.add(new Mark(i, names.get(i)));
    }
    return new Axis(title, false, -0.6, names.size() - 0.4, marks);
  }

  private static Axis over(String title, boolean logarithmic, List<Double> ticks) {
    return new Axis(
        title,
        logarithmic,
        ticks.getFirst(),
        ticks.getLast(),
        ticks.stream().map(tick -> new Mark(tick, Ticks.label(tick))).toList());
  }

  /** Where a number is, from 0 to 1. */
  double place(double value) {
    return logarithmic
        ? (Math.log(value) - Math.log(from)) / (Math.log(to) - Math.log(from))
        : (value - from) / (to - from);
  }

  boolean holds(double value) {
    return Double.isFinite(value) && (!logarithmic || value > 0);
  }
}
