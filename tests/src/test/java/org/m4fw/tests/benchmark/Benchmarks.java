package org.m4fw.tests.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Prints how fast the kernels are on one core: gigabytes of input per second of the vector kernel,
 * the same as a share of what the memory gives, and the scalar kernel beside it. Of eight
 * iterations the best counts, as others may use the machine too. The arguments are options for the
 * JVMs.
 */
final class Benchmarks {
  private Benchmarks() {}

  public static void main(String[] arguments) throws RunnerException {
    double memory =
        best(run(MemoryBenchmark.class, arguments, List.of()).getFirst()) * MemoryBenchmark.BYTES;
    say(String.format(Locale.ROOT, "one core reads %.1f GB/s from memory", memory / 1e9));
    say("from  to                       vector  of memory   scalar");
    SortedMap<String, Double> vector = speeds(arguments, List.of());
    SortedMap<String, Double> scalar = speeds(arguments, List.of("-Dm4fw.vector=false"));
    vector.forEach(
        (name, speed) ->
            say(
                String.format(
                    Locale.ROOT,
                    "%-28s %8.2f %8.0f %% %8.2f",
                    name,
                    speed / 1e9,
                    100 * speed / memory,
                    scalar.getOrDefault(name, Double.NaN) / 1e9)));
  }

  private static SortedMap<String, Double> speeds(String[] options, List<String> more)
      throws RunnerException {
    SortedMap<String, Double> speeds = new TreeMap<>();
    for (RunResult result : run(KernelBenchmark.class, options, more)) {
      String name =
          "%-5s %s"
              .formatted(result.getParams().getParam("dtype"), result.getParams().getParam("to"));
      speeds.put(name, best(result) * KernelBenchmark.BYTES);
    }
    return speeds;
  }

  private static List<RunResult> run(Class<?> benchmark, String[] options, List<String> more)
      throws RunnerException {
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(more);
    ChainedOptionsBuilder builder =
        new OptionsBuilder()
            .include(benchmark.getName())
            .verbosity(VerboseMode.SILENT)
            .jvmArgs(all.toArray(String[]::new));
    return List.copyOf(new Runner(builder.build()).run());
  }

  private static double best(RunResult result) {
    return result.getPrimaryResult().getStatistics().getMax();
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
