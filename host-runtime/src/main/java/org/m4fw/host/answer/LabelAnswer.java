package org.m4fw.host.answer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which of several labels is meant.
 *
 * @param choices all labels, the most likely first, equally likely ones in the given order
 */
public record LabelAnswer(List<Choice> choices) {
  public LabelAnswer {
    choices = List.copyOf(choices);
  }

  /**
   * A label.
   *
   * @param probability between 0 and 1; those of all labels sum to 1
   * @param cosine how near the label's vector is in direction, −1 to 1; NaN where there is none
   */
  public record Choice(String label, double probability, double cosine) {}

  /** The most likely label. */
  public Choice best() {
    return choices.getFirst();
  }

  /**
   * By vectors: the softmax of the scalar products of a vector and those of the labels, as
   * ImageBind's example does with the outputs of its encoders as they are, whose lengths are the
   * learned temperatures.
   *
   * @param labels in the order of their vectors
   * @param labelVectors row-major, as many as labels
   */
  public static LabelAnswer nearest(float[] vector, List<String> labels, float[] labelVectors) {
    double[] products = new double[labels.size()];
    double[] cosines = new double[labels.size()];
    if (labels.isEmpty() || labelVectors.length != labels.size() * vector.length) {
      throw new IllegalArgumentException(
          "%d labels of %d numbers are not %d"
              .formatted(labels.size(), vector.length, labelVectors.length));
    }
    for (int i = 0; i < products.length; i++) {
      int at = i * vector.length;
      products[i] = product(vector, 0, labelVectors, at, vector.length);
      double length = product(labelVectors, at, labelVectors, at, vector.length);
      double own = product(vector, 0, vector, 0, vector.length);
      cosines[i] = products[i] / Math.max(Math.sqrt(length * own), Double.MIN_NORMAL);
    }
    return answer(labels, products, cosines);
  }

  /**
   * By scores, as a classification head gives them.
   *
   * @param labels in the order of their scores
   */
  public static LabelAnswer ofScores(List<String> labels, float[] scores) {
    if (labels.isEmpty() || labels.size() != scores.length) {
      throw new IllegalArgumentException(
          "%d labels for %d scores".formatted(labels.size(), scores.length));
    }
    double[] exact = new double[scores.length];
    double[] none = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      exact[i] = scores[i];
      none[i] = Double.NaN;
    }
    return answer(labels, exact, none);
  }

  private static LabelAnswer answer(List<String> labels, double[] scores, double[] cosines) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      largest = Math.max(largest, score);
    }
    double sum = 0;
    for (double score : scores) {
      sum += Math.exp(score - largest);
    }
    List<Choice> choices = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      choices.add(new Choice(labels.get(i), Math.exp(scores[i] - largest) / sum, cosines[i]));
    }
    choices.sort(Comparator.comparingDouble(Choice::probability).reversed());
    return new LabelAnswer(choices);
  }

  private static double product(float[] a, int fromA, float[] b, int fromB, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (double) a[fromA + i] * b[fromB + i];
    }
    return sum;
  }
}
