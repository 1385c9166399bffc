package org.m4fw.quantizer.budget;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Chooses one of several options for each of several items, so that all together cost least and
 * stay within a size. Items begin with their smallest option; then, again and again, whoever gains
 * most for a byte moves to a larger one (the greedy method on the convex hulls, which is at most
 * one step away from the best; Kellerer et al., "Knapsack Problems", 2004, chapter 11).
 */
final class Allocation {
  private Allocation() {}

  /** What an item may be. */
  record Option(long bytes, double cost) {}

  /** A move of an item from one option to another. */
  private record Move(int item, int to, double gain, long bytes) {
    double gainPerByte() {
      return gain / bytes;
    }
  }

  /**
   * The index of the option for each item.
   *
   * @param options for each item at least one
   * @param budget at least the sum of the smallest options
   */
  static List<Integer> choose(List<List<Option>> options, long budget) {
    List<Integer> chosen = new ArrayList<>();
    long used = 0;
    for (List<Option> of : options) {
      int smallest = smallest(of);
      chosen.add(smallest);
      used += of.get(smallest).bytes();
    }
    while (true) {
      Move best = null;
      for (int item = 0; item < options.size(); item++) {
        for (int to = 0; to < options.get(item).size(); to++) {
          Move move = move(options.get(item), item, chosen.get(item), to);
          if (move.gain() > 0
              && used + move.bytes() <= budget
              && (best == null || better(move, best))) {
            best = move;
          }
        }
      }
      if (best == null) {
        return chosen;
      }
      used += best.bytes();
      chosen.set(best.item(), best.to());
    }
  }

  /** The size of the smallest choice. */
  static long least(List<List<Option>> options) {
    return options.stream().mapToLong(of -> of.get(smallest(of)).bytes()).sum();
  }

  private static int smallest(List<Option> options) {
    Comparator<Integer> bySize = Comparator.comparingLong(i -> options.get(i).bytes());
    List<Integer> indices = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      indices.add(i);
    }
    return indices.stream()
        .min(bySize.thenComparingDouble(i -> options.get(i).cost()))
        .orElseThrow();
  }

  private static Move move(List<Option> options, int item, int from, int to) {
    return new Move(
        item,
        to,
        options.get(from).cost() - options.get(to).cost(),
        options.get(to).bytes() - options.get(from).bytes());
  }

  /** Moves that take no bytes come first; of equals, the first item. */
  private static boolean better(Move move, Move best) {
    if (move.bytes() <= 0 || best.bytes() <= 0) {
      return move.bytes() <= 0 && (best.bytes() > 0 || move.gain() > best.gain());
    }
    return move.gainPerByte() > best.gainPerByte();
  }
}
