package org.m4fw.host.metric;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The share of cases with a reference among the first k labels. With k = 1 that is the rank-1 of
 * re-identification.
 */
record RecallAtK(int k) implements Metric {
  private static final Pattern NAME = Pattern.compile("recall@([1-9][0-9]{0,3})");

  static Optional<Metric> parse(String id) {
    Matcher name = NAME.matcher(id);
    return name.matches()
        ? Optional.of(new RecallAtK(Integer.parseInt(name.group(1))))
        : Optional.empty();
  }

  @Override
  public String id() {
    return "recall@" + k;
  }

  @Override
  public double of(List<Judged> cases) {
    long found =
        cases.stream()
            .filter(one -> one.ranked().stream().limit(k).anyMatch(one.references()::contains))
            .count();
    return (double) found / cases.size();
  }
}
