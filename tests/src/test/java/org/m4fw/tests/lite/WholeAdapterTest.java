package org.m4fw.tests.lite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.adapter.LiteSlots;
import org.m4fw.cli.pipeline.TargetModel;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.host.TokenFile;
import org.m4fw.host.WholeInputs;
import org.m4fw.quantizer.activation.Calibration;
import org.m4fw.quantizer.activation.Observer;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.targets.Targets;
import org.m4fw.tests.build.Tool;

/** Adapters in whole numbers of eight bits. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
final class WholeAdapterTest {
  private static final Path KJV = Tool.ROOT.resolve("examples/kjv");
  private static final NnapiRules RULES =
      new NnapiRules(Tool.ROOT.resolve("tests/fixtures/op-lists/tflite_nnapi_delegate.json"));
  private static final int RANK = 16;

  @TempDir Path directory;

  /** Measured on text of the base and of the adapter, but not on the window that is tried. */
  @Test
  void effectOfAnAdapterIsKept() throws IOException {
    TokenFile tokens = TokenFile.read(KJV.resolve("eval/licence_val.json"));
    TokenFile others = TokenFile.read(KJV.resolve("calib/tokens.json"));
    Path mixed = directory.resolve("mixed.json");
    Files.writeString(
        mixed,
        LongStream.concat(LongStream.of(others.window(0)), LongStream.of(tokens.window(20)))
            .mapToObj(Long::toString)
            .collect(Collectors.joining(",", "{\"window\":256,\"ids\":[", "]}")));
    try (Checkpoint checkpoint = Checkpoint.open(KJV.resolve("kjv-llama"));
        CalibrationData data = CalibrationData.open(mixed);
        OpenAdapter open =
            Adapters.open(KJV.resolve("kjv-llama-licence-lora"), OptionalDouble.empty());
        Arena arena = Arena.ofConfined()) {
      Optional<LoraAdapter> adapter = Optional.of(open.lora());
      Model model = ModelImporter.importModel(checkpoint);
      List<long[]> windows = List.of(tokens.window(0));
      LiteDecoder exact =
          compile(
              model,
              "pixel7pro-gpu",
              LiteDecoder.Adapted.of(RANK),
              Optional.empty(),
              windows,
              arena);
      LiteDecoder whole =
          compile(
              model,
              "pixel7pro-tpu",
              new LiteDecoder.Adapted(
                  OptionalInt.of(RANK),
                  LiteSlots.representative(Path.of("adapter"), open.lora(), model, RANK)),
              Optional.of(new Calibration(data, new Observer.MinMax())),
              windows,
              arena);
      assertEquals(List.of(), RULES.broken(whole.signature()));
      assertEquals(List.of(), whole.refused());
      double right = nll(exact, true, adapter, windows);
      double gain = nll(exact, true, Optional.empty(), windows) - right;
      for (boolean delegated : List.of(false, true)) {
        double found = nll(whole, delegated, adapter, windows);
        double kept = (nll(whole, delegated, Optional.empty(), windows) - found) / gain;
        assertTrue(kept >= 0.95, () -> "keeps %s of the effect".formatted(kept));
      }
    }
  }

  private LiteDecoder compile(
      Model model,
      String target,
      LiteDecoder.Adapted adapted,
      Optional<Calibration> calibration,
      List<long[]> windows,
      Arena arena) {
    TargetModel.Quantization plain = LiteDecoder.asItComes();
    return LiteDecoder.compile(
        model,
        Targets.find(target),
        new TargetModel.Quantization(
            plain.scheme(), plain.overrides(), plain.method(), plain.allotment(), calibration),
        adapted,
        windows.stream().map(ids -> WholeInputs.tokens("input_ids", ids, arena)).toList(),
        directory.resolve(target + ".tflite"));
  }

  /** Mean negative log-likelihood of each token after those before it, in nats. */
  private static double nll(
      LiteDecoder decoder, boolean delegated, Optional<LoraAdapter> adapter, List<long[]> windows) {
    List<SortedMap<String, byte[]>> turns =
        decoder.prompts().stream()
            .map(prompt -> adapter.map(lora -> decoder.with(lora, prompt)).orElse(prompt))
            .toList();
    List<float[]> logits = decoder.logits(delegated, turns);
    double sum = 0;
    long predictions = 0;
    for (int window = 0; window < windows.size(); window++) {
      long[] ids = windows.get(window);
      int vocabulary = logits.get(window).length / ids.length;
      for (int i = 0; i + 1 < ids.length; i++) {
        sum += loss(logits.get(window), i * vocabulary, vocabulary, (int) ids[i + 1]);
        predictions++;
      }
    }
    return sum / predictions;
  }

  private static double loss(float[] logits, int from, int count, int wanted) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      largest = Math.max(largest, logits[i]);
    }
    double all = 0;
    for (int i = from; i < from + count; i++) {
      all += Math.exp(logits[i] - largest);
    }
    return Math.log(all) + largest - logits[from + wanted];
  }
}
