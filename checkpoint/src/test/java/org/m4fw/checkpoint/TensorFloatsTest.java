package org.m4fw.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ProblemException;

class TensorFloatsTest {
  private static final int COUNT = 9001;

  private static Tensor tensor(DType dtype, MemorySegment data, int count) {
    return new Tensor(
        "t", dtype, Shape.of(count), new Extent(Path.of("f"), 0, data.byteSize()), data);
  }

  private static float[] random() {
    Random random = new Random(7);
    float[] values = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-9, 5)));
    }
    return values;
  }

  @Test
  void everyHalfIsExact() {
    short[] halves = new short[1 << 16];
    float[] expected = new float[1 << 16];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = (short) i;
      expected[i] = Float.float16ToFloat((short) i);
    }
    assertArrayEquals(
        expected, TensorFloats.all(tensor(DType.F16, MemorySegment.ofArray(halves), 1 << 16)));
  }

  @Test
  void brainFloatsAreTheUpperHalf() {
    short[] halves = {0x3f80, (short) 0xc040, 0x7f80, 0};
    assertArrayEquals(
        new float[] {1, -3, Float.POSITIVE_INFINITY, 0},
        TensorFloats.all(tensor(DType.BF16, MemorySegment.ofArray(halves), 4)));
  }

  @Test
  void rangesOfUnalignedFloatsAreRead() {
    float[] values = random();
    MemorySegment unaligned = MemorySegment.ofArray(new byte[4 * COUNT + 1]).asSlice(1);
    MemorySegment.copy(MemorySegment.ofArray(values), 0, unaligned, 0, 4L * COUNT);
    float[] part = new float[5];
    TensorFloats.read(tensor(DType.F32, unaligned, COUNT), COUNT - 3, part, 1, 3);
    assertArrayEquals(
        new float[] {0, values[COUNT - 3], values[COUNT - 2], values[COUNT - 1], 0}, part);
  }

  @Test
  void doublesAreRounded() {
    assertArrayEquals(
        new float[] {0.1f},
        TensorFloats.all(tensor(DType.F64, MemorySegment.ofArray(new double[] {0.1}), 1)));
  }

  @Test
  void integersAreRefused() {
    Tensor tensor = tensor(DType.I32, MemorySegment.ofArray(new int[1]), 1);
    ProblemException refused = assertThrows(ProblemException.class, () -> TensorFloats.all(tensor));
    assertEquals(CheckpointError.NOT_FLOAT, refused.problem().code());
  }

  @Test
  void rangeOutsideTheTensorIsRefused() {
    Tensor tensor = tensor(DType.F32, MemorySegment.ofArray(new float[4]), 4);
    assertThrows(
        IndexOutOfBoundsException.class, () -> TensorFloats.read(tensor, 3, new float[9], 0, 2));
  }
}
