package org.m4fw.tests.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.PackedWeights;

/** An image for two targets must not cost twice the weights where both read the same bytes. */
final class SharedWeightsTest {

  private static long size(CompiledModel... models) {
    return PackedWeights.of(List.of(models)).size();
  }

  @Test
  void linearLayersOfEightBitsAreSharedByAllTargets() {
    try (TrainedModel model = new TrainedModel()) {
      CompiledModel cpu = model.compile(Optional.of("int8"), "pixel7pro-cpu");
      CompiledModel jetson = model.compile(Optional.of("int8"), "jetson-orin-nx");
      long embedding = 2048 * 192;
      // What is not shared: the embedding, in the form that can be read row by row.
      long both = size(cpu, jetson);
      assertTrue(both - size(cpu) <= embedding + 3 * 4096, () -> "both take " + both);
    }
  }

  @Test
  void plainWeightsAreSharedByAllTargets() {
    try (TrainedModel model = new TrainedModel()) {
      CompiledModel cpu = model.compile(Optional.of("f16"), "pixel7pro-cpu");
      CompiledModel jetson = model.compile(Optional.of("f16"), "jetson-orin-nx");
      assertEquals(size(cpu), size(cpu, jetson));
    }
  }
}
