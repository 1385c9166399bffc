package org.m4fw.quantizer.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.m4fw.checkpoint.DType;

/**
 * Numbers as they are stored, two by two: lane l of a vector of pairs holds elements 2l and 2l + 1,
 * of which the even ones make one vector of floats and the odd ones another. So halves need no
 * shuffling to become floats, and two integers none to share a byte or a word.
 *
 * <p>The launcher has the compiler inline these methods, as vectors must not cross a call.
 */
final class PairVectors {
  static final VectorSpecies<Float> FLOATS = floats();
  static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

  /** Lanes of a vector; divides those of a tile. */
  static final int STEP = FLOATS.length();

  private static final IntVector EVEN = everySecond(0);
  private static final IntVector ODD = everySecond(1);

  /** The sign of an F16 and its other bits where those of an F32 begin. */
  private static final int HALF_BITS = 0x8fffe000;

  /** Of a pair the one with the odd index. */
  static final int UPPER = 0xffff0000;

  private static final int HALF_EXPONENT_SHORTER = 3;

  /** Between the biases of the exponents of F16 and F32. */
  private static final float HALF_BIAS = 0x1p112f;

  private PairVectors() {}

  private static VectorSpecies<Float> floats() {
    VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
    return preferred.length() > BlockTile.LANES ? FloatVector.SPECIES_512 : preferred;
  }

  private static IntVector everySecond(int first) {
    int[] lanes = new int[STEP];
    for (int i = 0; i < STEP; i++) {
      lanes[i] = first + 2 * i;
    }
    return IntVector.fromArray(INTS, lanes, 0);
  }

  /**
   * The even ones of the numbers from some pair on. Of F16 those that are not finite become finite
   * ones from 65536 on.
   */
  static FloatVector even(DType dtype, int[] words, int pair) {
    if (dtype == DType.F16) {
      return half(
          IntVector.fromArray(INTS, words, pair).lanewise(VectorOperators.LSHL, Short.SIZE));
    }
    if (dtype == DType.BF16) {
      return IntVector.fromArray(INTS, words, pair)
          .lanewise(VectorOperators.LSHL, Short.SIZE)
          .reinterpretAsFloats();
    }
    return EVEN.selectFrom(
            IntVector.fromArray(INTS, words, 2 * pair),
            IntVector.fromArray(INTS, words, 2 * pair + STEP))
        .reinterpretAsFloats();
  }

  /** The odd ones. */
  static FloatVector odd(DType dtype, int[] words, int pair) {
    if (dtype == DType.F16) {
      return half(IntVector.fromArray(INTS, words, pair));
    }
    if (dtype == DType.BF16) {
      return IntVector.fromArray(INTS, words, pair).and(UPPER).reinterpretAsFloats();
    }
    return ODD.selectFrom(
            IntVector.fromArray(INTS, words, 2 * pair),
            IntVector.fromArray(INTS, words, 2 * pair + STEP))
        .reinterpretAsFloats();
  }

  /** Of F16 in the upper half of each lane. */
  static FloatVector half(IntVector upper) {
    return upper
        .lanewise(VectorOperators.ASHR, HALF_EXPONENT_SHORTER)
        .and(HALF_BITS)
        .reinterpretAsFloats()
        .mul(HALF_BIAS);
  }

  /** The bits of MAGIC + q for the nearest q from 0 to 15 that a block has. */
  static IntVector round(FloatVector value, FloatVector inverse, FloatVector offset) {
    return value
        .fma(inverse, offset)
        .reinterpretAsInts()
        .max(Kernel.MAGIC_BITS)
        .min(Kernel.MAGIC_BITS + Kernel.LARGEST);
  }
}
