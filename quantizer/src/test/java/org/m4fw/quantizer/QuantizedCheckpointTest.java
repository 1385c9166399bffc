package org.m4fw.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.m4fw.quantizer.report.QuantizationReport;

class QuantizedCheckpointTest {
  private static final String QUERY = "model.layers.0.self_attn.q_proj.weight";

  @TempDir Path directory = Path.of("");

  private static WeightPlan plan(Collection<Weight> weights, Optional<String> scheme) {
    return PlanMaker.plan(
        weights, scheme.map(id -> Scheme.parse("scheme", id)), Overrides.none(), Optional.empty());
  }

  private static QuantizationReport quantize(
      Path from, Optional<String> scheme, Path to, int threads) {
    try (Checkpoint checkpoint = Checkpoint.open(from)) {
      Collection<Weight> weights = Inputs.weights(checkpoint);
      return QuantizedCheckpoint.write(
          checkpoint,
          weights,
          plan(weights, scheme),
          to,
          new WeightEncoder(OrderedWork.onThreads(threads), ScaleChoice.SEARCH),
          Progress.silent());
    }
  }

  private static SortedMap<String, String> contents(Path directory) throws IOException {
    SortedMap<String, String> contents = new TreeMap<>();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        contents.put(
            file.getFileName().toString(),
            org.m4fw.base.digest.Digest.of(Files.readAllBytes(file)).hex());
      }
    }
    return contents;
  }

  @Test
  void theImporterReadsWhatIsWritten() {
    Path out = directory.resolve("out");
    quantize(Inputs.example(), Optional.of("int4"), out, 2);
    try (Checkpoint checkpoint = Checkpoint.open(out)) {
      Collection<Weight> weights = Inputs.weights(checkpoint);
      WeightPlan plan = plan(weights, Optional.empty());
      for (Weight weight : weights) {
        String expected =
            switch (weight.role()) {
              case LINEAR -> "int4-g32";
              case EMBEDDING, HEAD -> "int8";
              case NORM, BIAS, CONVOLUTION, PARAMETER -> "f16";
            };
        WeightPlan.Choice choice =
            Optional.ofNullable(plan.choices().get(weight.name())).orElseThrow();
        assertEquals(expected, choice.encoding().id());
      }
    }
  }

  @Test
  void modelThatIsKnownByItsTensorsIsReadAgainToo() {
    Path out = directory.resolve("out");
    quantize(Inputs.golden("fastspeech2-f32"), Optional.of("int8"), out, 2);
    try (Checkpoint quantized = Checkpoint.open(out)) {
      Weight head =
          Optional.ofNullable(
                  ModelImporter.importModel(quantized).weights().get("encoder.out_proj.weight"))
              .orElseThrow();
      assertInstanceOf(Weight.Source.Quantized.class, head.source());
    }
  }

  @Test
  void theBytesAreThoseOfTheStore() {
    Path out = directory.resolve("out");
    quantize(Inputs.example(), Optional.of("int4-g64"), out, 2);
    try (Checkpoint original = Checkpoint.open(Inputs.example());
        Checkpoint quantized = Checkpoint.open(out);
        WeightStore store = WeightStore.temporary(WeightEncoder.create())) {
      Encoding encoding = new Encoding.Int4Blocks(64);
      byte[] expected = transposed(store, original, encoding);
      assertArrayEquals(expected, transposed(store, quantized, encoding));
    }
  }

  private static byte[] transposed(WeightStore store, Checkpoint checkpoint, Encoding encoding) {
    Weight weight =
        Inputs.weights(checkpoint).stream()
            .filter(w -> w.name().equals(QUERY))
            .findFirst()
            .orElseThrow();
    return Inputs.bytes(
        store.encode(weight, encoding, Layout.TRANSPOSED_NIBBLES).weight().data().file());
  }

  @Test
  void theFilesDoNotDependOnTheNumberOfThreads() throws IOException {
    quantize(Inputs.example(), Optional.of("int4"), directory.resolve("a"), 1);
    quantize(Inputs.example(), Optional.of("int4"), directory.resolve("b"), 3);
    assertEquals(contents(directory.resolve("a")), contents(directory.resolve("b")));
  }

  @Test
  void quantizingAgainWithoutASchemeCopies() throws IOException {
    quantize(Inputs.example(), Optional.of("int8"), directory.resolve("a"), 1);
    quantize(directory.resolve("a"), Optional.empty(), directory.resolve("b"), 1);
    assertEquals(contents(directory.resolve("a")), contents(directory.resolve("b")));
  }

  @Test
  void companionsAreCopiedAndTheRestOfTheConfigurationIsKept() throws IOException {
    Path out = directory.resolve("out");
    quantize(Inputs.example(), Optional.of("int8"), out, 1);
    for (String name : new String[] {"tokenizer.json", "generation_config.json"}) {
      assertArrayEquals(
          Files.readAllBytes(Inputs.example().resolve(name)),
          Files.readAllBytes(out.resolve(name)));
    }
    var before = StrictJson.read(Inputs.example().resolve("config.json"));
    var after = StrictJson.read(out.resolve("config.json"));
    for (String name : before.propertyNames()) {
      assertEquals(before.get(name), after.get(name));
    }
    assertEquals("m4fw", after.get("quantization_config").get("quant_method").stringValue());
  }

  @Test
  void plainSchemesNeedNoNote() {
    Path out = directory.resolve("out");
    quantize(Inputs.example(), Optional.of("f32"), out, 1);
    assertFalse(StrictJson.read(out.resolve("config.json")).has("quantization_config"));
  }

  @Test
  void anotherSchemeForAQuantizedCheckpointIsRefusedAndNothingIsLeft() throws IOException {
    Path first = directory.resolve("a");
    quantize(Inputs.example(), Optional.of("int8"), first, 1);
    Path second = directory.resolve("b");
    ProblemException problem =
        assertThrows(ProblemException.class, () -> quantize(first, Optional.of("int4"), second, 1));
    assertEquals(QuantizerError.QUANTIZED_ALREADY, problem.problem().code());
    try (var files = Files.list(directory)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void int4IsAsGoodAsTheReferenceSays() {
    QuantizationReport report =
        quantize(Inputs.example(), Optional.of("int4"), directory.resolve("out"), 2);
    double noise =
        report.entries().stream()
            .filter(entry -> entry.weight().encoding() instanceof Encoding.Int4Blocks)
            .mapToDouble(entry -> entry.weight().quality().orElseThrow().noise())
            .sum();
    // Trying every scale in small steps, with both signs, gives 57.38.
    assertTrue(noise < 57.6, "noise " + noise);
    assertEquals(1729408, report.bytesAfter());
  }

  @Test
  void theWeightsComeBackQuantized() {
    Path out = directory.resolve("out");
    quantize(Inputs.example(), Optional.of("int8"), out, 2);
    try (Checkpoint checkpoint = Checkpoint.open(out)) {
      Weight weight =
          Inputs.weights(checkpoint).stream()
              .filter(w -> w.name().equals(QUERY))
              .findFirst()
              .orElseThrow();
      var source = assertInstanceOf(Weight.Source.Quantized.class, weight.source());
      assertEquals(192 * 192, source.data().byteSize());
      assertEquals(2 * 192, source.scales().byteSize());
    }
  }
}
