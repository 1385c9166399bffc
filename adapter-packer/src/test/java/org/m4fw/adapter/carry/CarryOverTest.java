package org.m4fw.adapter.carry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

class CarryOverTest {
  private static final Path KJV = Path.of(System.getProperty("m4fw.root"), "examples/kjv");

  @TempDir Path directory;

  private Checkpoint base;
  private OpenAdapter adapter;

  @BeforeEach
  void open() {
    base = Checkpoint.open(KJV.resolve("kjv-llama"));
    adapter = Adapters.open(KJV.resolve("kjv-llama-licence-lora"), OptionalDouble.empty());
  }

  @AfterEach
  void close() {
    adapter.close();
    base.close();
  }

  private static CarryOver between(Checkpoint before, Checkpoint after) {
    return new CarryOver(before, after, OrderedWork.onThreads(2), Progress.silent());
  }

  private static DMatrixRMaj matrix(Tensor tensor) {
    float[] values = TensorFloats.all(tensor);
    DMatrixRMaj matrix = new DMatrixRMaj((int) tensor.shape().dim(0), (int) tensor.shape().dim(1));
    for (int i = 0; i < values.length; i++) {
      matrix.data[i] = values[i];
    }
    return matrix;
  }

  /** What a pair adds to its weight. */
  private static DMatrixRMaj delta(LoraAdapter lora, LoraPair pair) {
    DMatrixRMaj delta = new DMatrixRMaj((int) pair.point().out(), (int) pair.point().in());
    CommonOps_DDRM.mult(
        lora.scaling().factor(pair.alpha(), pair.rank()),
        matrix(pair.up()),
        matrix(pair.down()),
        delta);
    return delta;
  }

  private static void same(DMatrixRMaj expected, DMatrixRMaj found, String point) {
    double size = NormOps_DDRM.normF(expected);
    CommonOps_DDRM.subtractEquals(found, expected);
    assertEquals(0, NormOps_DDRM.normF(found) / size, 1e-4, point);
  }

  @Test
  void onTheSameBaseEveryMethodGivesTheAdapterBack() {
    LoraAdapter lora = adapter.lora();
    for (CarryMethod method : CarryMethod.values()) {
      LoraAdapter carried = between(base, base).carry(lora, method, 16);
      for (int i = 0; i < lora.pairs().size(); i++) {
        LoraPair pair = lora.pairs().get(i);
        same(
            delta(lora, pair),
            delta(carried, carried.pairs().get(i)),
            method + " " + pair.point().name());
      }
    }
  }

  @Test
  void projectionFollowsShuffledUnits() throws IOException {
    requireFollows(Remade.shuffled(192, 0, 512));
  }

  @Test
  void projectionFindsTheOldStreamInAWiderOne() throws IOException {
    requireFollows(Remade.shuffled(192, 64, 512));
  }

  private void requireFollows(Remade remade) throws IOException {
    remade.write(base, directory.resolve("next"));
    LoraAdapter lora = adapter.lora();
    try (Checkpoint next = Checkpoint.open(directory.resolve("next"))) {
      LoraAdapter carried = between(base, next).carry(lora, CarryMethod.PROJECTED, 64);
      for (int i = 0; i < lora.pairs().size(); i++) {
        LoraPair pair = lora.pairs().get(i);
        same(
            remade.matrix(pair.point().name(), delta(lora, pair)),
            delta(carried, carried.pairs().get(i)),
            pair.point().name());
      }
    }
  }

  @Test
  void otherWidthsAreRefusedWhereTheyHaveToBeTheSame() throws IOException {
    Remade.shuffled(192, 64, 512).write(base, directory.resolve("next"));
    try (Checkpoint next = Checkpoint.open(directory.resolve("next"))) {
      CarryOver over = between(base, next);
      assertFalse(over.sameShapes(adapter.lora()));
      ProblemException refused =
          assertThrows(
              ProblemException.class,
              () -> over.carry(adapter.lora(), CarryMethod.COMPENSATED, 32));
      assertEquals(CarryError.OTHER_SHAPE, refused.problem().code());
    }
    assertTrue(between(base, base).sameShapes(adapter.lora()));
  }

  @Test
  void compensationStaysWithinTheRank() {
    LoraAdapter carried = between(base, base).carry(adapter.lora(), CarryMethod.COMPENSATED, 12);
    assertEquals(12, carried.rank());
  }
}
