package org.m4fw.graph.ir;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which encoding each weight of a graph gets, and why.
 *
 * @param choices by the weight's name; one for every weight of the graph
 */
public record WeightPlan(SortedMap<String, Choice> choices) {
  public WeightPlan {
    choices = Collections.unmodifiableSortedMap(new TreeMap<>(choices));
  }

  /**
   * One decision.
   *
   * @param reason as the report shows it
   */
  public record Choice(Encoding encoding, String reason) {}
}
