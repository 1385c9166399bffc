package org.m4fw.quantizer.awq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Encoding;

final class FactorSearchTest {
  private static final int ROWS = 24;
  private static final int COLUMNS = 64;
  private static final int POSITIONS = 200;
  private static final Encoding INT4 = new Encoding.Int4Blocks(64);

  private static Tensor weight() {
    MemorySegment data = Arena.ofAuto().allocate(4L * ROWS * COLUMNS, 4);
    Random random = new Random(1);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
      data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return new Tensor(
        "w", DType.F32, Shape.of(ROWS, COLUMNS), new Extent(Path.of("w"), 0, 0), data);
  }

  /** Some inputs are much larger than the others. */
  private static float[][] positions(float loud) {
    float[][] positions = new float[COLUMNS][POSITIONS];
    Random random = new Random(2);
    for (int k = 0; k < COLUMNS; k++) {
      for (int i = 0; i < POSITIONS; i++) {
        positions[k][i] = (float) random.nextGaussian() * (k % 16 == 3 ? loud : 1);
      }
    }
    return positions;
  }

  private static float[] magnitudes(float[][] positions) {
    float[] magnitudes = new float[positions.length];
    for (int k = 0; k < magnitudes.length; k++) {
      for (float each : positions[k]) {
        magnitudes[k] += Math.abs(each) / positions[k].length;
      }
    }
    return magnitudes;
  }

  private static Optional<float[]> best(float loud, Encoding encoding, int threads) {
    float[][] positions = positions(loud);
    return new FactorSearch(
            OrderedWork.onThreads(threads),
            positions,
            List.of(new FactorSearch.Layer(weight(), encoding)))
        .best(magnitudes(positions));
  }

  @Test
  void loudInputsAreMadeSmaller() {
    float[] factors = best(20, INT4, 1).orElseThrow();
    assertTrue(factors[3] < factors[4], factors[3] + " and " + factors[4]);
  }

  @Test
  void asymmetricBlocksAndEightBitsHaveFactorsToo() {
    Encoding asymmetric = new Encoding.Int4Blocks(64, org.m4fw.graph.ir.Symmetry.ASYMMETRIC);
    for (Encoding encoding : List.of(asymmetric, new Encoding.Int8PerChannel())) {
      assertTrue(best(20, encoding, 1).isPresent(), encoding.id());
    }
  }

  @Test
  void numberOfThreadsChangesNothing() {
    assertArrayEquals(best(20, INT4, 1).orElseThrow(), best(20, INT4, 4).orElseThrow());
  }

  /** The geometric mean of the largest and the smallest is 1, and silence no infinity. */
  @Test
  void factorsAreAroundOne() {
    float[] factors = FactorSearch.factors(new float[] {0, 1, 16}, 0.5);
    assertEquals(1, factors[0] * factors[2], 1e-5);
    assertEquals(4, factors[1] / factors[2], 1e-5);
    assertArrayEquals(new float[] {1, 1}, FactorSearch.factors(new float[2], 0.5));
  }
}
