package org.m4fw.cli.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.Shape;

/**
 * A sample of an output: the value at place {@code i} of it is about {@code values[i] ·
 * 2^exponent}. The places follow from the output's name and size. Two digits are enough to know an
 * answer by, and few enough that the order in which a machine adds does not show in them.
 *
 * @param values −128 to 128
 */
record Answer(String name, Shape shape, int exponent, List<Integer> values) {
  static final int MOST_VALUES = 32;
  static final int LARGEST = 128;
  static final int LEAST_EXPONENT = -160;
  static final int MOST_EXPONENT = 128;

  /** log2 of what the largest value of a sample is at least. */
  private static final int BITS = 6;

  /** For samples that are zero: how small that has to be. */
  private static final int EXPONENT_OF_NOTHING = -10;

  Answer {
    values = List.copyOf(values);
  }

  /** The sample of an output; empty if it has no values, or some that are not finite. */
  static Optional<Answer> of(String name, Shape shape, float[] output) {
    float[] sample = sample(name, output, Math.min(MOST_VALUES, output.length));
    float largest = 0;
    for (float value : sample) {
      if (!Float.isFinite(value)) {
        return Optional.empty();
      }
      largest = Math.max(largest, Math.abs(value));
    }
    if (sample.length == 0) {
      return Optional.empty();
    }
    int exponent = largest == 0 ? EXPONENT_OF_NOTHING : Math.getExponent(largest) - BITS;
    List<Integer> values = new ArrayList<>();
    for (float value : sample) {
      values.add((int) Math.round(Math.scalb((double) value, -exponent)));
    }
    return Optional.of(new Answer(name, shape, exponent, values));
  }

  /** Name and shape. */
  String what() {
    return "%s %s".formatted(name, shape);
  }

  private static float[] sample(String name, float[] output, int size) {
    Numbers places = new Numbers(name);
    float[] sample = new float[size];
    for (int i = 0; i < size; i++) {
      sample[i] = output[(int) places.below(output.length)];
    }
    return sample;
  }

  /**
   * How far an output of the same shape is from the known one.
   *
   * @param cosine of the angle between both samples; 1 if both are zero
   * @param worst the largest difference, in units of 2^exponent; infinite if a value is not finite
   */
  record Distance(double cosine, double worst) {}

  Distance distance(float[] output) {
    float[] sample = sample(name, output, values.size());
    double worst = 0;
    double products = 0;
    double known = 0;
    double found = 0;
    for (int i = 0; i < sample.length; i++) {
      double value = Math.scalb((double) sample[i], -exponent);
      if (!Double.isFinite(value)) {
        return new Distance(0, Double.POSITIVE_INFINITY);
      }
      worst = Math.max(worst, Math.abs(value - values.get(i)));
      products += value * values.get(i);
      known += (double) values.get(i) * values.get(i);
      found += value * value;
    }
    // Where nothing is known but zeros there is no angle; the difference decides.
    double cosine = known == 0 ? 1 : found == 0 ? 0 : products / Math.sqrt(known * found);
    return new Distance(cosine, worst);
  }
}
