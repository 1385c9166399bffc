package org.m4fw.tests.lite;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.cli.pipeline.TargetModel;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.host.TensorRun;
import org.m4fw.host.WholeInputs;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.targets.Targets;
import org.m4fw.tests.build.Tool;

/** Adapters as inputs of .tflite files, run by TensorFlow Lite. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
final class LiteAdapterTest {
  private static final Path GOLDENS = Tool.ROOT.resolve("tests/fixtures/goldens");
  private static final Path KJV = Tool.ROOT.resolve("examples/kjv");
  private static final long[] TOKENS = {0, 40, 311, 17, 902, 64, 5, 230};
  private static final LiteDecoder.Adapted RANK = LiteDecoder.Adapted.of(16);

  @TempDir Path directory;

  @Test
  void logitsAreThoseOfTheTrainer() {
    try (Checkpoint checkpoint = Checkpoint.open(GOLDENS.resolve("llama-mha-f16"));
        MappedFile expected =
            MappedFile.open(GOLDENS.resolve("peft-lora").resolve("expected.safetensors"));
        OpenAdapter adapter = open(GOLDENS.resolve("peft-lora"))) {
      SortedMap<String, Tensor> tensors = SafetensorsReader.read(expected).tensors();
      LiteDecoder decoder =
          compile(
              ModelImporter.importModel(checkpoint),
              RANK,
              requireNonNull(tensors.get("input_ids")));
      check(TensorFloats.all(requireNonNull(tensors.get("logits"))), decoder, adapter.lora());
    }
  }

  @Test
  void logitsAreThoseOfTheGraphForTheCpu() {
    try (Checkpoint checkpoint = Checkpoint.open(KJV.resolve("kjv-llama"));
        OpenAdapter adapter = open(KJV.resolve("kjv-llama-licence-lora"));
        Arena arena = Arena.ofConfined()) {
      Model model = ModelImporter.importModel(checkpoint);
      Tensor ids = WholeInputs.tokens("input_ids", TOKENS, arena);
      check(reference(model, adapter, ids), compile(model, RANK, ids), adapter.lora());
    }
  }

  @Test
  void adaptersAreSwitchedInOneInterpreterAndZerosAreTheBase() {
    try (Checkpoint checkpoint = Checkpoint.open(KJV.resolve("kjv-llama"));
        OpenAdapter adapter = open(KJV.resolve("kjv-llama-licence-lora"));
        Arena arena = Arena.ofConfined()) {
      Model model = ModelImporter.importModel(checkpoint);
      Tensor ids = WholeInputs.tokens("input_ids", TOKENS, arena);
      LiteDecoder decoder = compile(model, RANK, ids);
      assertEquals(List.of(), decoder.refused());
      LiteDecoder base = compile(model, LiteDecoder.Adapted.none(), ids);
      SortedMap<String, byte[]> prompt = decoder.prompts().getFirst();
      SortedMap<String, byte[]> one = decoder.with(adapter.lora(), prompt);
      SortedMap<String, byte[]> other = decoder.with(weaker(adapter.lora()), prompt);
      for (boolean delegated : List.of(false, true)) {
        List<float[]> turns = decoder.logits(delegated, List.of(one, other, prompt, one));
        float[] alone = decoder.logits(delegated, List.of(other)).getFirst();
        assertArrayEquals(turns.get(0), turns.get(3));
        assertArrayEquals(alone, turns.get(1));
        assertTrue(relative(turns.get(0), alone) > 0.01);
        assertArrayEquals(base.logits(delegated, base.prompts()).getFirst(), turns.get(2));
      }
    }
  }

  private static OpenAdapter open(Path path) {
    return Adapters.open(path, OptionalDouble.empty());
  }

  private static LoraAdapter weaker(LoraAdapter adapter) {
    List<LoraPair> pairs =
        adapter.pairs().stream()
            .map(p -> new LoraPair(p.point(), p.rank(), p.alpha() / 2, p.down(), p.up()))
            .toList();
    return new LoraAdapter(adapter.scaling(), pairs, adapter.warnings());
  }

  private static float[] reference(Model model, OpenAdapter adapter, Tensor ids) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(Map.of("input_ids", ids));
    try (WeightStore store = WeightStore.temporary(WeightEncoder.create());
        TensorRun run =
            TensorRun.execute(
                "tokens",
                TargetModel.make(
                        "model",
                        model,
                        Targets.find("host"),
                        LiteDecoder.asItComes(),
                        store,
                        Progress.silent())
                    .parts(),
                Optional.of(adapter),
                tensors)) {
      MemorySegment logits = run.outputs().getFirst().data();
      return logits.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
  }

  private static void check(float[] right, LiteDecoder decoder, LoraAdapter adapter) {
    for (boolean delegated : List.of(false, true)) {
      SortedMap<String, byte[]> inputs = decoder.with(adapter, decoder.prompts().getFirst());
      float[] found = decoder.logits(delegated, List.of(inputs)).getFirst();
      double error = relative(right, found);
      assertTrue(error <= 1e-4, () -> "logits are off by " + error);
    }
  }

  private LiteDecoder compile(Model model, LiteDecoder.Adapted adapted, Tensor ids) {
    return LiteDecoder.compile(
        model,
        Targets.find("pixel7pro-gpu"),
        LiteDecoder.asItComes(),
        adapted,
        List.of(ids),
        directory.resolve("model-%s.tflite".formatted(adapted.rank().orElse(0))));
  }

  private static double relative(float[] right, float[] found) {
    assertEquals(right.length, found.length);
    double largest = 0;
    double error = 0;
    for (int i = 0; i < right.length; i++) {
      largest = Math.max(largest, Math.abs(right[i]));
      error = Math.max(error, Math.abs(right[i] - found[i]));
    }
    return error / largest;
  }
}
