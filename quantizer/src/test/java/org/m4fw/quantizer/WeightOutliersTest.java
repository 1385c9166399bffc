package org.m4fw.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.kernel.Samples;

class WeightOutliersTest {
  private static double share(float... values) {
    return WeightOutliers.share(
        Samples.tensor(DType.F32, Shape.of(values.length), values), OrderedWork.onThreads(2));
  }

  @Test
  void numbersBeyondSixTimesTheRootMeanSquareAreCounted() {
    float[] values = new float[1000];
    Arrays.fill(values, 1);
    values[17] = -100; // The root mean square is 3.3.
    values[18] = 15;
    assertEquals(1e-3, share(values));
  }

  @Test
  void evenNumbersHaveNone() {
    assertEquals(0, share(1, -1, 1, -1));
    assertEquals(0, share(0, 0));
    assertEquals(0, share());
  }

  @Test
  void onlyWeightsThatMayBeQuantizedAreLookedAt() {
    Weight matrix = Inputs.weight("matrix", Weight.Role.LINEAR, DType.F16, 8, 8);
    Weight gain = Inputs.weight("gain", Weight.Role.NORM, DType.F16, 8);
    assertEquals(
        Set.of("matrix"),
        WeightOutliers.of(List.of(matrix, gain), OrderedWork.onThreads(1), Progress.silent())
            .keySet());
  }
}
