package org.m4fw.tests.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.Decoder;
import org.m4fw.host.DecoderRun;

/**
 * Prints what it costs to keep many adapters beside a model and to switch between them: the time to
 * load one, the memory that one takes, and the time of a step with always the same adapter beside
 * that with another one at every step.
 */
final class SwitchBenchmark {
  private static final int ADAPTERS = 50;
  private static final int STEPS = 400;
  private static final long[] TOKEN = {1};

  private SwitchBenchmark() {}

  /** Arguments: the model and the adapter. */
  public static void main(String[] arguments) throws IOException {
    Path model = Path.of(arguments[0]);
    Path adapter = Path.of(arguments[1]);
    try (RunnableModel runnable =
            ModelOpener.open(ModelRequest.of(model), CacheDirectory.ofUser(), Progress.silent());
        Decoder base = runnable.openDecoder()) {
      measure(base, adapter);
    }
  }

  private static void measure(Decoder base, Path adapter) throws IOException {
    List<Decoder> decoders = new ArrayList<>();
    double[] load = new double[ADAPTERS];
    load(base, adapter).close();
    long before = anonymous();
    for (int i = 0; i < ADAPTERS; i++) {
      long start = System.nanoTime();
      decoders.add(load(base, adapter));
      load[i] = (System.nanoTime() - start) / 1e6;
    }
    long after = anonymous();
    say("adapters beside the model", String.valueOf(ADAPTERS));
    say("loading one, median", "%.2f ms".formatted(median(load)));
    say("memory of one", "%.0f KiB".formatted((after - before) / 1024.0 / ADAPTERS));
    steps(List.of(base), STEPS / 4);
    say("a step without an adapter", "%.3f ms".formatted(steps(List.of(base), STEPS)));
    say("a step with one adapter", "%.3f ms".formatted(steps(decoders.subList(0, 1), STEPS)));
    say("a step with another one each", "%.3f ms".formatted(steps(decoders, STEPS)));
    decoders.forEach(Decoder::close);
  }

  private static Decoder load(Decoder base, Path adapter) {
    try (OpenAdapter open = Adapters.open(adapter, OptionalDouble.empty())) {
      return base.with(
          Optional.of(open.over(base.facts().attachmentPoints(), base.facts().decoder())));
    }
  }

  /** The median time of feeding the first token, in milliseconds, with each decoder in turn. */
  private static double steps(List<Decoder> decoders, int steps) {
    double[] times = new double[steps];
    for (int i = 0; i < steps; i++) {
      Decoder decoder = decoders.get(i % decoders.size());
      try (DecoderRun run = decoder.start(1, 8)) {
        long start = System.nanoTime();
        run.feed(TOKEN);
        times[i] = (System.nanoTime() - start) / 1e6;
      }
    }
    return median(times);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Anonymous memory of this process, in bytes. */
  private static long anonymous() throws IOException {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }

  private static void say(String what, String value) {
    System.out.println(String.format(Locale.ROOT, "%-30s %s", what, value));
  }
}
