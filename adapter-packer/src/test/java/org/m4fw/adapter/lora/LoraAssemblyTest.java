package org.m4fw.adapter.lora;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

class LoraAssemblyTest {
  private static final Path FILE = Path.of("a.safetensors");

  private static Tensor tensor(String name, Shape shape, float... values) {
    return new Tensor(
        name,
        DType.F32,
        shape,
        new Extent(FILE, 0, 4L * values.length),
        MemorySegment.ofArray(values));
  }

  private static LoraAdapter assemble(LoraAssembly assembly) {
    return assembly.adapter(
        LoraScaling.ALPHA_OVER_RANK, "config", point -> new LoraAssembly.Declared(1, 2));
  }

  @Test
  void pairsAreSortedByPoint() {
    LoraAssembly assembly = new LoraAssembly(FILE);
    for (String point : List.of("v", "k", "q")) {
      assertTrue(assembly.addDown(point, tensor(point + "a", Shape.of(1, 2), 1, 2)));
      assertTrue(assembly.addUp(point, tensor(point + "b", Shape.of(1, 1), 1)));
    }
    assertEquals(
        List.of("k", "q", "v"),
        assemble(assembly).pairs().stream().map(pair -> pair.point().name()).toList());
  }

  @Test
  void secondMatrixForAPointIsNotTaken() {
    LoraAssembly assembly = new LoraAssembly(FILE);
    assertTrue(assembly.addUp("q", tensor("b", Shape.of(1, 1), 1)));
    assertFalse(assembly.addUp("q", tensor("c", Shape.of(1, 1), 1)));
  }

  @Test
  void matrixTooLargeForAnyLayerIsRejectedBeforeItIsRead() {
    LoraAssembly assembly = new LoraAssembly(FILE);
    assembly.addDown("q", tensor("a", Shape.of(1, (1L << 28) + 1)));
    assembly.addUp("q", tensor("b", Shape.of(1, 1), 1));
    ProblemException refused = assertThrows(ProblemException.class, () -> assemble(assembly));
    assertEquals(LoraError.TOO_LARGE, refused.problem().code());
  }

  @Test
  void scalingFollowsItsName() {
    assertEquals(2, LoraScaling.ALPHA_OVER_RANK.factor(16, 8));
    assertEquals(8, LoraScaling.ALPHA_OVER_ROOT_RANK.factor(16, 4));
  }
}
