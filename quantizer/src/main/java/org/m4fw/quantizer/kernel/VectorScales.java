package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.PairVectors.FLOATS;
import static org.m4fw.quantizer.kernel.PairVectors.STEP;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** From what scales should be to what they can be, for as many blocks as a vector has lanes. */
final class VectorScales {
  private static final int BELOW_HALF_PRECISION = 13;

  private VectorScales() {}

  /** MAGIC plus the integer for which a number so far below zero stands at 0. */
  static void zero(float[] below, int at, float[] inverse, float[] offset, int lane) {
    FloatVector.fromArray(FLOATS, below, at)
        .fma(
            FloatVector.fromArray(FLOATS, inverse, lane),
            FloatVector.broadcast(FLOATS, Kernel.MAGIC))
        .reinterpretAsInts()
        .max(Kernel.MAGIC_BITS)
        .min(Kernel.MAGIC_BITS + Kernel.LARGEST)
        .reinterpretAsFloats()
        .intoArray(offset, lane);
  }

  /** Takes for some blocks the nearest scales to those in {@code scale} that there are. */
  static void settle(BlockTile tile, int from, int to) {
    roundToF16(tile.scale, from, to);
    for (int b = from; b < to; b += STEP) {
      FloatVector scale = FloatVector.fromArray(FLOATS, tile.scale, b);
      scale =
          scale.blend(
              Kernel.SMALLEST_SCALE, scale.compare(VectorOperators.LT, Kernel.SMALLEST_SCALE));
      scale = scale.mul(FloatVector.fromArray(FLOATS, tile.sign, b));
      FloatVector magnitude = FloatVector.fromArray(FLOATS, tile.magnitude, b);
      scale = scale.blend(1, magnitude.compare(VectorOperators.LE, Kernel.NOTHING));
      scale.intoArray(tile.scale, b);
      FloatVector.broadcast(FLOATS, 1).div(scale).intoArray(tile.inverse, b);
    }
  }

  static void offsetOfNothing(BlockTile tile, int b) {
    FloatVector magnitude = FloatVector.fromArray(FLOATS, tile.magnitude, b);
    FloatVector.fromArray(FLOATS, tile.offset, b)
        .blend(Kernel.MAGIC + Kernel.MIDDLE, magnitude.compare(VectorOperators.LE, Kernel.NOTHING))
        .intoArray(tile.offset, b);
  }

  /** Rounds numbers that are not negative as {@link Float#floatToFloat16} does. */
  static void roundToF16(float[] values, int from, int to) {
    for (int i = from; i < to; i += STEP) {
      FloatVector value = FloatVector.fromArray(FLOATS, values, i);
      IntVector bits = value.reinterpretAsInts();
      IntVector odd = bits.lanewise(VectorOperators.LSHR, BELOW_HALF_PRECISION).and(1);
      FloatVector normal =
          bits.add((1 << (BELOW_HALF_PRECISION - 1)) - 1)
              .add(odd)
              .and(-1 << BELOW_HALF_PRECISION)
              .reinterpretAsFloats();
      normal = normal.blend(Float.POSITIVE_INFINITY, normal.compare(VectorOperators.GE, 0x1p16f));
      // The unit in the last place of 0.5 is the smallest F16.
      FloatVector subnormal = value.add(0.5f).sub(0.5f);
      normal.blend(subnormal, value.compare(VectorOperators.LT, 0x1p-14f)).intoArray(values, i);
    }
  }
}
