package org.m4fw.tests.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The times of one thing that was done over and over. */
final class Rounds {
  /** In a line of {@code /proc/self/stat}, after the name: user, system, and those of children. */
  private static final List<Integer> PROCESSOR = List.of(11, 12, 13, 14);

  private static final double TICKS = 100;

  private final String name;
  private final long bytes;
  private final List<Round> rounds = new ArrayList<>();

  interface Action {
    void run() throws IOException, InterruptedException;
  }

  private record Round(double wall, double processor) {}

  Rounds(String name, long bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  Rounds time(Action action) throws IOException, InterruptedException {
    double before = processor();
    long start = System.nanoTime();
    action.run();
    double wall = (System.nanoTime() - start) / 1e9;
    rounds.add(new Round(wall, processor() - before));
    return this;
  }

  /**
   * Seconds of this process and of the children that ended, as Linux counts them; zero elsewhere.
   */
  private static double processor() throws IOException {
    Path stat = Path.of("/proc/self/stat");
    if (!Files.exists(stat)) {
      return 0;
    }
    String line = Files.readString(stat);
    List<String> fields = List.of(line.substring(line.lastIndexOf(')') + 2).split(" ", -1));
    return PROCESSOR.stream().mapToDouble(at -> Double.parseDouble(fields.get(at))).sum() / TICKS;
  }

  private double best() {
    return rounds.stream().mapToDouble(Round::wall).min().orElseThrow();
  }

  private double median() {
    List<Double> sorted = rounds.stream().map(Round::wall).sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private double leastProcessor() {
    return rounds.stream().mapToDouble(Round::processor).min().orElseThrow();
  }

  void say() {
    System.out.printf(
        Locale.ROOT,
        "%-36s best %6.2f s %5.2f GB/s, median %6.2f s, processor %6.2f s%n",
        name,
        best(),
        bytes / best() / 1e9,
        median(),
        leastProcessor());
  }

  /** Shows both, and these as a part of the others' speed. */
  void beside(Rounds limit) {
    limit.say();
    say();
    System.out.printf(
        Locale.ROOT,
        "  that is %.0f %% of the speed (best), %.0f %% (median), %.0f %% by processor time%n",
        100 * limit.best() / best(),
        100 * limit.median() / median(),
        100 * limit.leastProcessor() / leastProcessor());
  }
}
