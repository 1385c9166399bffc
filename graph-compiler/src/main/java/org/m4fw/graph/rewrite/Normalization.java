package org.m4fw.graph.rewrite;

/** Bringing values to mean 0 and variance 1. */
final class Normalization {
  private Normalization() {}

  /** (x − mean) / √(variance + ε) over an axis; gives the name of the result. */
  static String unit(Steps steps, String path, String x, float epsilon, long axis) {
    String mean = steps.mean(path + ".mean", x, axis);
    String centred = steps.op("Sub", path + ".centred", x, mean);
    String squares = steps.op("Mul", path + ".squares", centred, centred);
    String variance = steps.mean(path + ".variance", squares, axis);
    String shifted = steps.op("Add", path + ".variance.epsilon", variance, steps.real(epsilon));
    String root = steps.op("Sqrt", path + ".deviation", shifted);
    String reciprocal = steps.op("Reciprocal", path + ".deviation.reciprocal", root);
    return steps.op("Mul", path + ".normalized", centred, reciprocal);
  }
}
