package org.m4fw.quantizer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.quantizer.kernel.Quality;

class LayerQualityTest {
  private static QuantizationReport.Entry entry(String name, double noise) {
    Encoding int8 = new Encoding.Int8PerChannel();
    return new QuantizationReport.Entry(
        new WeightReport(
            name, Shape.of(1), "f16", int8, Optional.of(new Quality(1, noise, 1, 0)), 20, 10),
        "");
  }

  private static QuantizationReport report() {
    return new QuantizationReport(
        List.of(
            entry("lm_head.weight", 0.5),
            entry("model.layers.10.a.weight", 0.1),
            entry("model.layers.2.a.weight", 0.1),
            entry("model.layers.2.b.weight", 0.3),
            entry("model.norm.weight", 0)));
  }

  @Test
  void layersComeInTheOrderOfTheirNumbers() {
    assertEquals(
        List.of("lm_head", "model.layers.2", "model.layers.10", "model.norm"),
        LayerQuality.of(report()).stream().map(LayerQuality::name).toList());
  }

  @Test
  void aLayerIsTheSumOfItsWeights() {
    LayerQuality layer = LayerQuality.of(report()).get(1);
    assertEquals(new Quality(2, 0.4, 2, 0), layer.quality());
    assertEquals(2, layer.weights());
    assertEquals(40, layer.bytesBefore());
    assertEquals(20, layer.bytesAfter());
  }

  @Test
  void theWeightsThatLostMostComeFirst() {
    ModelReport model =
        new ModelReport("m", "int8", report(), new TreeMap<>(), Optional.empty(), List.of(), "");
    assertEquals(
        List.of("lm_head.weight", "model.layers.2.b.weight"),
        model.worst(2).stream().map(entry -> entry.weight().name()).toList());
    assertEquals(0.5, model.errorShare(model.worst(1).getFirst().weight()), 1e-12);
  }
}
