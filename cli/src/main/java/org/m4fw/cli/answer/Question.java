package org.m4fw.cli.answer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;

/**
 * An input whose numbers follow from its name ({@link Numbers}).
 *
 * @param below if it takes whole numbers: they are from 0 to less than this; else they are from −1
 *     to less than 1
 */
record Question(String name, Shape shape, OptionalInt below) {
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  Tensor tensor(Arena arena) {
    DType dtype = below.isPresent() ? DType.I64 : DType.F32;
    long size = Math.multiplyExact(shape.count(), dtype.bytes());
    MemorySegment data = arena.allocate(Math.max(1, size), 64).asSlice(0, size);
    Numbers numbers = new Numbers(name);
    for (long i = 0; i < shape.count(); i++) {
      if (below.isPresent()) {
        data.set(I64, Long.BYTES * i, numbers.below(below.getAsInt()));
      } else {
        data.set(F32, Float.BYTES * i, numbers.unit());
      }
    }
    return new Tensor(name, dtype, shape, new Extent(Path.of(name), 0, size), data);
  }
}
