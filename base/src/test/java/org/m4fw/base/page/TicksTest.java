package org.m4fw.base.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TicksTest {
  @Test
  void countsInNumbersThatPeopleCountIn() {
    assertEquals(List.of(20.0, 25.0, 30.0, 35.0, 40.0, 45.0), Ticks.linear(21.3, 42.9, 6));
    assertEquals(List.of(0.001, 0.01, 0.1, 1.0), Ticks.logarithmic(0.0013, 0.9));
  }

  @Property(tries = 300)
  void enclosesTheRangeInFewMarks(
      @ForAll @DoubleRange(min = -1e6, max = 1e6) double a,
      @ForAll @IntRange(min = -6, max = 6) int power) {
    double span = Math.pow(10, power);
    List<Double> ticks = Ticks.linear(a, a + span, 6);
    double slack = 1e-9 * (Math.abs(a) + span);
    assertTrue(ticks.getFirst() <= a + slack && ticks.getLast() >= a + span - slack);
    assertTrue(ticks.size() >= 2 && ticks.size() <= 10, ticks::toString);
  }

  @Property(tries = 300)
  void logarithmicMarksEncloseTheRange(
      @ForAll @DoubleRange(min = -9, max = 3) double power,
      @ForAll @DoubleRange(min = 1, max = 1e6) double factor) {
    double a = Math.pow(10, power);
    List<Double> ticks = Ticks.logarithmic(a, a * factor);
    assertTrue(ticks.getFirst() <= a * (1 + 1e-9) && ticks.getLast() >= a * factor * (1 - 1e-9));
  }

  @Test
  void labelsAreShort() {
    assertEquals("0.25", Ticks.label(0.25));
    assertEquals("20", Ticks.label(20));
    assertEquals("1e-5", Ticks.label(1e-5));
  }
}
