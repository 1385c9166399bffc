package org.m4fw.quantizer.budget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class AllocationTest {
  private static List<List<Allocation.Option>> random(long seed, int items) {
    Random random = new Random(seed);
    List<List<Allocation.Option>> options = new ArrayList<>();
    for (int item = 0; item < items; item++) {
      List<Allocation.Option> of = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        of.add(new Allocation.Option(random.nextLong(1, 100), random.nextDouble()));
      }
      options.add(of);
    }
    return options;
  }

  private static long bytes(List<List<Allocation.Option>> options, List<Integer> chosen) {
    long bytes = 0;
    for (int i = 0; i < chosen.size(); i++) {
      bytes += options.get(i).get(chosen.get(i)).bytes();
    }
    return bytes;
  }

  private static double cost(List<List<Allocation.Option>> options, List<Integer> chosen) {
    double cost = 0;
    for (int i = 0; i < chosen.size(); i++) {
      cost += options.get(i).get(chosen.get(i)).cost();
    }
    return cost;
  }

  @Property(tries = 200)
  void budgetIsKeptAndMoreBytesCostNoMoreThanTheSmallest(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 12) int items,
      @ForAll @IntRange(max = 500) int room) {
    List<List<Allocation.Option>> options = random(seed, items);
    long least = Allocation.least(options);
    List<Integer> chosen = Allocation.choose(options, least + room);
    assertTrue(bytes(options, chosen) <= least + room);
    assertTrue(cost(options, chosen) <= cost(options, Allocation.choose(options, least)) + 1e-12);
  }

  @Property(tries = 100)
  void withRoomForEverythingEachItemCostsLeast(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int items) {
    List<List<Allocation.Option>> options = random(seed, items);
    List<Integer> chosen = Allocation.choose(options, 100_000);
    for (int i = 0; i < items; i++) {
      double cheapest =
          options.get(i).stream().mapToDouble(Allocation.Option::cost).min().orElseThrow();
      assertEquals(cheapest, options.get(i).get(chosen.get(i)).cost());
    }
  }

  @Example
  void whoeverGainsMostForAByteComesFirst() {
    List<Allocation.Option> dear =
        List.of(new Allocation.Option(10, 1.0), new Allocation.Option(20, 0.9));
    List<Allocation.Option> worthIt =
        List.of(new Allocation.Option(10, 1.0), new Allocation.Option(20, 0.1));
    assertEquals(List.of(0, 1), Allocation.choose(List.of(dear, worthIt), 30));
  }
}
