package org.m4fw.quantizer.activation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.graph.ir.ActivationPlan.Stored;

class ObserverTest {
  private static ValueStatistics seen(List<float[]> samples) {
    ValueStatistics seen = new ValueStatistics();
    samples.forEach(sample -> seen.reach(sample, sample.length));
    samples.forEach(sample -> seen.distribute(sample, sample.length));
    return seen;
  }

  private static List<float[]> normal(int samples, long seed) {
    Random random = new Random(seed);
    List<float[]> all = new ArrayList<>();
    for (int i = 0; i < samples; i++) {
      float[] values = new float[4000];
      for (int j = 0; j < values.length; j++) {
        values[j] = (float) (random.nextGaussian() * (1 + i % 3) + 0.5);
      }
      all.add(values);
    }
    return all;
  }

  private static double error(List<float[]> samples, Stored stored) {
    double sum = 0;
    for (float[] sample : samples) {
      for (float value : sample) {
        double difference = value - stored.rebuilt(value);
        sum += difference * difference;
      }
    }
    return sum;
  }

  @Property(tries = 200)
  void rangesStayWithinWhatWasSeenAndHoldZero(
      @ForAll @Size(min = 1, max = 50) List<@FloatRange(min = -1e3f, max = 1e3f) Float> values) {
    float[] sample = new float[values.size()];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = values.get(i);
    }
    ValueStatistics seen = seen(List.of(sample));
    for (Observer observer : Observer.ALL) {
      for (boolean symmetric : new boolean[] {false, true}) {
        Range range = observer.choose(seen, symmetric);
        assertTrue(range.min() <= 0 && range.max() >= 0);
        assertTrue(range.min() >= Math.min(0, seen.min()), observer.id());
        assertTrue(range.max() <= Math.max(0, seen.max()), observer.id());
      }
    }
  }

  @Property(tries = 100)
  void whatARangeHoldsIsStoredWithinHalfAStep(
      @ForAll @FloatRange(min = -1e4f, max = 0) float min,
      @ForAll @FloatRange(min = 0, max = 1e4f) float max) {
    for (boolean symmetric : new boolean[] {false, true}) {
      Stored stored = new Range(min, max).eightBits(symmetric);
      assertEquals(0, stored.rebuilt(0));
      for (int i = 0; i <= 10; i++) {
        float value = min + (max - min) * i / 10;
        // The zero point is rounded too, so that an end may be clamped by half a step.
        assertEquals(value, stored.rebuilt(value), 1.01 * stored.scale());
      }
    }
  }

  @Test
  void orderOfTheSamplesDoesNotMatter() {
    List<float[]> samples = normal(8, 1);
    List<float[]> others = new ArrayList<>(samples);
    Collections.reverse(others);
    for (Observer observer : Observer.ALL) {
      Range one = observer.choose(seen(samples), false);
      Range other = observer.choose(seen(others), false);
      assertEquals(one.min(), other.min(), 1e-9, observer.id());
      assertEquals(one.max(), other.max(), 1e-9, observer.id());
    }
  }

  @Test
  void oneFarNumberDoesNotSpoilAllOthers() {
    List<float[]> samples = normal(4, 2);
    samples.getFirst()[17] = 400;
    ValueStatistics seen = seen(samples);
    double all = new Observer.MinMax().choose(seen, false).max();
    double most = new Observer.Percentile(99.9).choose(seen, false).max();
    double mean = new Observer.MovingAverage().choose(seen, false).max();
    assertEquals(400, all, 1e-4);
    assertTrue(most < 20, () -> "percentile " + most);
    assertTrue(mean < 200, () -> "average " + mean);
  }

  @Test
  void leastSquaredErrorIsNoMoreThanThatOfAllThatWasSeen() {
    List<float[]> samples = normal(4, 3);
    ValueStatistics seen = seen(samples);
    double least =
        error(samples, new Observer.MeanSquaredError().choose(seen, true).eightBits(true));
    double all = error(samples, new Observer.MinMax().choose(seen, true).eightBits(true));
    assertTrue(least <= all, least + " against " + all);
  }

  @Test
  void maskedNumbersDoNotStretchTheRange() {
    ValueStatistics seen = seen(List.of(new float[] {1, -2, -30_000, 5}));
    Range range = seen.range(new Observer.MinMax().choose(seen, false));
    assertEquals(new Range(-11, 5), range);
  }

  @Test
  void maskAloneKeepsItsMagnitude() {
    ValueStatistics seen = seen(List.of(new float[] {0, -30_000, 0}));
    Range range = seen.range(new Observer.MinMax().choose(seen, false));
    assertEquals(new Range(-30_000, 0), range);
    assertEquals(-30_000, range.eightBits(false).rebuilt(-30_000), 1);
  }

  @Test
  void valueThatIsAlwaysZeroHasAScale() {
    assertEquals(0, new Range(0, 0).eightBits(false).rebuilt(0));
    assertEquals(1, new Range(0, 0).eightBits(true).scale());
  }

  @Test
  void unknownObserversAreWrongUsage() {
    ProblemException problem =
        assertThrows(ProblemException.class, () -> Observer.parse("", "--observer", "median"));
    assertEquals(ActivationError.UNKNOWN_OBSERVER, problem.problem().code());
  }
}
