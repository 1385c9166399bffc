package org.m4fw.quantizer.activation;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.ir.ActivationPlan.Stored;
import org.m4fw.quantizer.kernel.Quality;

/**
 * How far values are from what they should be, summed over samples. Masked numbers do not count.
 */
final class QualitySums {
  private final SortedMap<String, Quality> sums = new TreeMap<>();

  void add(String name, float[] expected, float[] found, int length) {
    double signal = 0;
    double noise = 0;
    double rebuilt = 0;
    double maxError = 0;
    for (int i = 0; i < length; i++) {
      double right = expected[i];
      if (!ValueStatistics.isMasked(right)) {
        double error = right - found[i];
        signal += right * right;
        noise += error * error;
        rebuilt += (double) found[i] * found[i];
        maxError = Math.max(maxError, Math.abs(error));
      }
    }
    sums.merge(name, new Quality(signal, noise, rebuilt, maxError), Quality::plus);
  }

  /** What storing these numbers costs. */
  void add(String name, float[] numbers, Stored stored) {
    float[] rebuilt = new float[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      rebuilt[i] = stored.rebuilt(numbers[i]);
    }
    add(name, numbers, rebuilt, numbers.length);
  }

  /** Empty where nothing could be compared. */
  Optional<Quality> find(String name) {
    return Optional.ofNullable(sums.get(name));
  }

  Quality of(String name) {
    Quality quality = sums.get(name);
    return quality == null ? Quality.NONE : quality;
  }
}
