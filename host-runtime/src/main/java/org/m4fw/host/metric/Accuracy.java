package org.m4fw.host.metric;

import java.util.List;

/** The share of answers that are one of their references, white space around them apart. */
record Accuracy() implements Metric {
  @Override
  public String id() {
    return "accuracy";
  }

  @Override
  public double of(List<Judged> cases) {
    long right =
        cases.stream()
            .filter(
                one ->
                    one.references().stream()
                        .anyMatch(reference -> reference.strip().equals(one.answer().strip())))
            .count();
    return (double) right / cases.size();
  }
}
