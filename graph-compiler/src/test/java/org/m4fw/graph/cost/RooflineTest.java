package org.m4fw.graph.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Graph;
import org.m4fw.targets.Figure;
import org.m4fw.targets.FigureName;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

final class RooflineTest {
  private static final double TINY = 1e-12;

  private static Target target(Map<FigureName, Long> figures) {
    Target host = Targets.find("host");
    Map<FigureName, Figure> all = new TreeMap<>();
    figures.forEach(
        (name, value) -> all.put(name, new Figure(value, "made up", Figure.Confidence.LOW)));
    return new Target(
        "made-up",
        host.description(),
        host.runtime(),
        host.operators(),
        host.encodings(),
        Optional.empty(),
        all);
  }

  private static Roofline.Time time(
      Map<FigureName, Long> figures, long macs, long bytes, int cuts) {
    return new Roofline(target(figures))
        .time(
            new Work(macs < 0 ? OptionalLong.empty() : OptionalLong.of(macs), bytes),
            Roofline.Arithmetic.FLOAT32,
            cuts);
  }

  private static final Map<FigureName, Long> FIGURES =
      Map.of(
          FigureName.FLOAT32_PEAK, 200L,
          FigureName.MEMORY_BANDWIDTH, 50L,
          FigureName.PARTITION_COST, 1_000_000_000L);

  @Test
  void longerOfComputingAndReadingIsTheLeastTime() {
    Roofline.Time computing = time(FIGURES, 100, 10, 0);
    assertEquals(1, computing.least().orElseThrow(), TINY);
    assertEquals(Roofline.Limit.COMPUTING, computing.limit());
    Roofline.Time reading = time(FIGURES, 100, 100, 0);
    assertEquals(2, reading.least().orElseThrow(), TINY);
    assertEquals(Roofline.Limit.MEMORY, reading.limit());
  }

  @Test
  void cutsComeOnTop() {
    assertEquals(4, time(FIGURES, 100, 10, 3).least().orElseThrow(), TINY);
  }

  @Test
  void withoutMeasuredRatesNothingIsExpected() {
    assertTrue(time(FIGURES, 100, 10, 0).expected().isEmpty());
  }

  @Test
  void measuredRatesAreExpected() {
    Map<FigureName, Long> figures = new TreeMap<>(FIGURES);
    figures.put(FigureName.FLOAT32_SUSTAINED, 20L);
    assertEquals(OptionalDouble.of(10), time(figures, 100, 10, 0).expected());
  }

  @Test
  void workOfUnknownSizeIsBoundByWhatIsRead() {
    Roofline.Time time = time(FIGURES, -1, 100, 0);
    assertEquals(2, time.least().orElseThrow(), TINY);
    assertTrue(time.expected().isEmpty());
  }

  @Test
  void machineWithoutFiguresHasNoTime() {
    assertEquals(
        new Roofline.Time(OptionalDouble.empty(), Roofline.Limit.UNKNOWN, OptionalDouble.empty()),
        time(Map.of(), 100, 100, 0));
  }

  @Test
  void decodersReadTheirLayersAndTheirCacheButNotTheEmbedding() {
    try (Checkpoint checkpoint = Checkpoint.open(Fixtures.golden("llama-mha-f16"))) {
      Graph decoder = ModelImporter.importModel(checkpoint).part("decoder");
      long all = decoder.parameters() * 2;
      long embedding = 300L * 64 * 2;
      Work work =
          Work.of(
              decoder,
              Map.of("batch_size", 1L, "sequence_length", 1L, "past_sequence_length", 5L),
              weight -> 2 * weight.shape().count(),
              4);
      long cache = 2L * 3 * 64 * 5 * 4;
      assertEquals(all - embedding + cache, work.bytes());
    }
  }
}
