package org.m4fw.quantizer.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.EncodedWeights;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.calibration.Calibrations;
import org.m4fw.quantizer.gptq.GptqRounding;
import org.m4fw.quantizer.kernel.ScaleChoice;

class GptqMethodTest {
  private static final String UP = "model.layers.1.mlp.up_proj.weight";
  private static final String DOWN = "model.layers.1.mlp.down_proj.weight";

  /** The heap that the launcher gives. */
  private static final long LAUNCHED = 742L << 20;

  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

  private static final Path LLAMA = Calibrations.golden("llama-mha-f16");

  @TempDir Path directory = Path.of("");

  private static SortedMap<String, byte[]> quantize(
      Path model, Path data, String scheme, Path cache, int threads) {
    return quantize(model, data, GptqMethod::new, scheme, cache, threads);
  }

  private static SortedMap<String, byte[]> quantize(
      Path model,
      Path data,
      Function<CalibrationData, QuantizationMethod> method,
      String scheme,
      Path cache,
      int threads) {
    WeightEncoder encoder = new WeightEncoder(OrderedWork.onThreads(threads), ScaleChoice.SEARCH);
    try (Checkpoint checkpoint = Checkpoint.open(model);
        WeightStore store = WeightStore.open(cache, encoder);
        CalibrationData calibration = CalibrationData.open(data)) {
      Model imported = ModelImporter.importModel(checkpoint);
      WeightPlan plan =
          PlanMaker.plan(
              imported.weights().values(),
              Optional.of(Scheme.parse("--scheme", scheme)),
              Overrides.none(),
              Optional.empty());
      EncodedWeights encoded =
          method
              .apply(calibration)
              .prepare(
                  new QuantizationMethod.Job("model", imported, plan, store, Progress.silent()))
              .weights();
      SortedMap<String, byte[]> bytes = new TreeMap<>();
      for (Weight weight : imported.weights().values()) {
        WeightPlan.Choice choice = plan.choices().get(weight.name());
        if (choice != null && !(choice.encoding() instanceof Encoding.Plain)) {
          Extent extent =
              encoded.encode(weight, choice.encoding(), Layout.CANONICAL).weight().data();
          try (MappedFile file = MappedFile.open(extent.file())) {
            bytes.put(
                weight.name(),
                file.segment()
                    .asSlice(extent.offset(), extent.length())
                    .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
          }
        }
      }
      return bytes;
    }
  }

  private static void assertSame(SortedMap<String, byte[]> a, SortedMap<String, byte[]> b) {
    assertEquals(a.keySet(), b.keySet());
    a.forEach((name, bytes) -> assertArrayEquals(bytes, b.get(name), name));
  }

  @Test
  void numberOfThreadsChangesNothing() {
    Path data = tokens(directory, 64, 2);
    assertSame(
        quantize(LLAMA, data, "int4", directory.resolve("one"), 1),
        quantize(LLAMA, data, "int4", directory.resolve("four"), 4));
  }

  @Test
  void whatIsFinishedIsTakenFromTheStore() throws IOException {
    Path data = tokens(directory, 32, 1);
    Path cache = directory.resolve("cache");
    SortedMap<String, byte[]> first = quantize(LLAMA, data, "int4", cache, 2);
    makeOld(cache);
    assertSame(first, quantize(LLAMA, data, "int4", cache, 2));
    assertTrue(allOld(cache));
  }

  @Test
  void otherCalibrationDataGivesOtherNumbers() {
    Path cache = directory.resolve("cache");
    byte[] one = quantize(LLAMA, tokens(directory, 32, 1), "int4", cache, 2).get(UP);
    byte[] two = quantize(LLAMA, tokens(directory, 32, 2), "int4", cache, 2).get(UP);
    assertFalse(java.util.Arrays.equals(one, two));
  }

  @Test
  void layersWithLessInputsThanWantedAreRoundedToTheNearest() {
    Path data = tokens(directory, 32, 2);
    Path cache = directory.resolve("cache");
    SortedMap<String, byte[]> nearest =
        quantize(LLAMA, data, calibration -> new RoundToNearestMethod(), "int4", cache, 2);
    SortedMap<String, byte[]> few =
        quantize(LLAMA, data, calibration -> new GptqMethod(calibration, 65), "int4", cache, 2);
    SortedMap<String, byte[]> enough =
        quantize(LLAMA, data, calibration -> new GptqMethod(calibration, 64), "int4", cache, 2);
    assertSame(nearest, few);
    assertFalse(java.util.Arrays.equals(nearest.get(UP), enough.get(UP)));
  }

  /** Those of a model with seven thousand million parameters, and of one with seventy. */
  @Test
  void wideLayersAreTreatedInEvenSegmentsOfWholeBlocks() {
    assertEquals(2048, GptqRounding.segment(2048, LAUNCHED));
    assertEquals(2048, GptqRounding.segment(4096, LAUNCHED));
    for (int width : new int[] {11008, 28672}) {
      int segment = GptqRounding.segment(width, LAUNCHED);
      assertTrue(segment >= 1024 && segment < width, width + " in segments of " + segment);
      assertEquals(0, segment % 128);
    }
    assertEquals(11008, GptqRounding.segment(11008, GptqRounding.memory(11008)));
    assertEquals(0, GptqRounding.segment(11008, 1));
  }

  @Test
  void layersTooWideForTheMemoryAreRoundedInSegmentsWithAWarning() {
    Path data = tokens(directory, 64, 4);
    Path cache = directory.resolve("cache");
    long little = GptqRounding.memory(150);
    SortedMap<String, byte[]> nearest =
        quantize(LLAMA, data, calibration -> new RoundToNearestMethod(), "int4", cache, 2);
    for (String scheme : new String[] {"int4", "int8"}) {
      SortedMap<String, byte[]> whole =
          quantize(LLAMA, data, calibration -> new GptqMethod(calibration, 1), scheme, cache, 2);
      SortedMap<String, byte[]> segments =
          quantize(
              LLAMA, data, calibration -> new GptqMethod(calibration, 1, little), scheme, cache, 2);
      assertFalse(java.util.Arrays.equals(whole.get(DOWN), segments.get(DOWN)));
      assertFalse(java.util.Arrays.equals(nearest.get(DOWN), segments.get(DOWN)));
    }
  }

  @Test
  void memoryThatDoesNotHoldASegmentIsRefused() {
    Path data = tokens(directory, 32, 1);
    ProblemException refused =
        assertThrows(
            ProblemException.class,
            () ->
                quantize(
                    LLAMA,
                    data,
                    calibration -> new GptqMethod(calibration, 1, 1 << 20),
                    "int4",
                    directory.resolve("cache"),
                    1));
    assertEquals(MethodError.TOO_WIDE, refused.problem().code());
  }

  @Test
  void otherComponentsAreQuantizedOnTheirTensors() {
    Path model = Calibrations.golden("clip-text-f32");
    SortedMap<String, byte[]> bytes =
        quantize(
            model, model.resolve("expected.safetensors"), "int8", directory.resolve("cache"), 2);
    assertFalse(bytes.isEmpty());
  }

  private static Path tokens(Path directory, int window, int windows) {
    long[] ids = new long[window * windows];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i * 37L % 101;
    }
    return Calibrations.write(directory, window, ids);
  }

  private static void makeOld(Path cache) throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.setLastModifiedTime(file, LONG_AGO);
      }
    }
  }

  /** The sidecars: the time of the data beside them is that of the last use. */
  private static boolean allOld(Path cache) throws IOException {
    try (Stream<Path> files = Files.walk(cache)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".json")).toList()) {
        if (!Files.getLastModifiedTime(file).equals(LONG_AGO)) {
          return false;
        }
      }
      return true;
    }
  }
}
