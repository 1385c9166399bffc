package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.BlockTile.LANES;
import static org.m4fw.quantizer.kernel.PairVectors.FLOATS;
import static org.m4fw.quantizer.kernel.PairVectors.INTS;
import static org.m4fw.quantizer.kernel.PairVectors.STEP;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Symmetry;

/**
 * How far the numbers of blocks reach, found on keys: the magnitude of a number and below it one
 * bit more if it is above zero, in signed order. Those of halves have sixteen bits.
 */
final class VectorExtremes {
  /** Which of the lanes of two vectors come first and second when they are interleaved. */
  static final IntVector LOW = interleaved(0);

  static final IntVector HIGH = interleaved(STEP / 2);

  private static final VectorSpecies<Short> SHORTS = INTS.withLanes(short.class);
  private static final int SIGN = 1 << 31;

  /** Turns rotated halves into their keys. */
  private static final short KEY = (short) 0x8001;

  /** The magnitudes of what is not finite among F16, and of the numbers that they turn into. */
  private static final int NOT_FINITE = 0x7c00;

  private static final float BEYOND_HALVES = 0x1p16f;

  private VectorExtremes() {}

  private static IntVector interleaved(int first) {
    int[] lanes = new int[STEP];
    for (int i = 0; i < STEP; i++) {
      lanes[i] = first + i / 2 + (i % 2) * STEP;
    }
    return IntVector.fromArray(INTS, lanes, 0);
  }

  static void measure(BlockTile tile) {
    if (tile.symmetry == Symmetry.ASYMMETRIC) {
      reaches(tile);
      mergeLanes(tile, tile.extremes);
      mergeLanes(tile, tile.moreExtremes);
      decodeReaches(tile);
    } else if (tile.numbers.dtype == DType.F32) {
      keys(tile.numbers.words, tile.block, tile.blocks, tile.extremes);
      mergeLanes(tile, tile.extremes);
      decodeKeys(tile);
    } else {
      halfKeys(tile);
      mergeLanesOfHalves(tile);
      mergeHalvesOfLanes(tile.extremes, tile.blocks);
      decodeHalfKeys(tile);
    }
  }

  /** For every block a vector whose lanes together hold the largest key. */
  private static void keys(int[] words, int length, int blocks, int[] to) {
    for (int b = 0; b < blocks; b++) {
      IntVector most = IntVector.broadcast(INTS, Integer.MIN_VALUE);
      for (int i = b * length; i < (b + 1) * length; i += STEP) {
        most =
            IntVector.fromArray(INTS, words, i)
                .lanewise(VectorOperators.ROL, 1)
                .lanewise(VectorOperators.XOR, SIGN | 1)
                .max(most);
      }
      most.intoArray(to, b * STEP);
    }
  }

  /** The same of halves, of which a lane holds two. */
  private static void halfKeys(BlockTile tile) {
    int vectors = tile.block / 2 / STEP;
    if (vectors == 1) {
      halfKeysOfVectors(tile.numbers.words, tile.extremes);
    } else {
      halfKeys(tile.numbers.words, vectors, tile.blocks, tile.extremes);
    }
  }

  private static void halfKeysOfVectors(int[] words, int[] to) {
    for (int i = 0; i < words.length; i += STEP) {
      ShortVector half = IntVector.fromArray(INTS, words, i).reinterpretAsShorts();
      half.lanewise(VectorOperators.LSHL, 1)
          .or(half.lanewise(VectorOperators.LSHR, Short.SIZE - 1))
          .lanewise(VectorOperators.XOR, KEY)
          .reinterpretAsInts()
          .intoArray(to, i);
    }
  }

  private static void halfKeys(int[] words, int vectors, int blocks, int[] to) {
    for (int b = 0; b < blocks; b++) {
      ShortVector most = ShortVector.broadcast(SHORTS, Short.MIN_VALUE);
      for (int i = b * vectors; i < (b + 1) * vectors; i++) {
        ShortVector half = IntVector.fromArray(INTS, words, i * STEP).reinterpretAsShorts();
        most =
            half.lanewise(VectorOperators.LSHL, 1)
                .or(half.lanewise(VectorOperators.LSHR, Short.SIZE - 1))
                .lanewise(VectorOperators.XOR, KEY)
                .max(most);
      }
      ShortVector.broadcast(SHORTS, Short.MIN_VALUE)
          .max(most)
          .reinterpretAsInts()
          .intoArray(to, b * STEP);
    }
  }

  private static void reaches(BlockTile tile) {
    DType dtype = tile.numbers.dtype;
    int[] words = tile.numbers.words;
    int pairs = tile.block / 2;
    for (int b = 0; b < tile.blocks; b++) {
      IntVector above = IntVector.zero(INTS);
      IntVector below = IntVector.zero(INTS);
      for (int i = b * pairs; i < (b + 1) * pairs; i += STEP) {
        IntVector even = PairVectors.even(dtype, words, i).reinterpretAsInts();
        IntVector odd = PairVectors.odd(dtype, words, i).reinterpretAsInts();
        above = even.max(odd).max(above);
        below =
            even.lanewise(VectorOperators.XOR, SIGN)
                .max(odd.lanewise(VectorOperators.XOR, SIGN))
                .max(below);
      }
      above.intoArray(tile.extremes, b * STEP);
      below.intoArray(tile.moreExtremes, b * STEP);
    }
  }

  /** Makes of a vector for each block one lane for each block, by halving what is left. */
  private static void mergeLanes(BlockTile tile, int[] extremes) {
    int vectors = tile.blocks;
    for (int half = LANES / 2; half >= LANES / STEP; half /= 2) {
      vectors /= 2;
      merge(extremes, half, vectors);
    }
    if (STEP < LANES) {
      order(extremes, tile.blocks);
    }
  }

  /** Of each group of 2·half vectors, merges every one of the first half with one of the second. */
  private static void merge(int[] extremes, int half, int results) {
    int shift = Integer.numberOfTrailingZeros(half);
    for (int i = 0; i < results; i++) {
      int from = ((i >> shift << (shift + 1)) | (i & (half - 1))) * STEP;
      IntVector a = IntVector.fromArray(INTS, extremes, from);
      IntVector b = IntVector.fromArray(INTS, extremes, from + half * STEP);
      LOW.selectFrom(a, b).max(HIGH.selectFrom(a, b)).intoArray(extremes, i * STEP);
    }
  }

  private static void mergeLanesOfHalves(BlockTile tile) {
    int vectors = tile.blocks;
    for (int half = LANES / 2; half >= LANES / STEP; half /= 2) {
      vectors /= 2;
      mergePairs(tile.extremes, half, vectors);
    }
    if (STEP < LANES) {
      order(tile.extremes, tile.blocks);
    }
  }

  private static void mergePairs(int[] extremes, int half, int results) {
    int shift = Integer.numberOfTrailingZeros(half);
    for (int i = 0; i < results; i++) {
      int from = ((i >> shift << (shift + 1)) | (i & (half - 1))) * STEP;
      IntVector a = IntVector.fromArray(INTS, extremes, from);
      IntVector b = IntVector.fromArray(INTS, extremes, from + half * STEP);
      LOW.selectFrom(a, b)
          .reinterpretAsShorts()
          .max(HIGH.selectFrom(a, b).reinterpretAsShorts())
          .reinterpretAsInts()
          .intoArray(extremes, i * STEP);
    }
  }

  /** Leaves the greater key of each pair, in the lower half. */
  private static void mergeHalvesOfLanes(int[] extremes, int blocks) {
    for (int b = 0; b < blocks; b += STEP) {
      IntVector pair = IntVector.fromArray(INTS, extremes, b);
      pair.lanewise(VectorOperators.LSHL, Short.SIZE)
          .max(pair)
          .lanewise(VectorOperators.LSHR, Short.SIZE)
          .intoArray(extremes, b);
    }
  }

  /**
   * Where a vector is shorter than a group, block l·n + v of a group is lane l of vector v of n.
   */
  private static void order(int[] extremes, int blocks) {
    int[] group = new int[LANES];
    for (int first = 0; first < blocks; first += LANES) {
      for (int i = 0; i < LANES; i++) {
        group[i % STEP * (LANES / STEP) + i / STEP] = extremes[first + i];
      }
      System.arraycopy(group, 0, extremes, first, LANES);
    }
  }

  private static void decodeKeys(BlockTile tile) {
    for (int b = 0; b < tile.blocks; b += STEP) {
      IntVector key = IntVector.fromArray(INTS, tile.extremes, b);
      key.lanewise(VectorOperators.XOR, SIGN)
          .lanewise(VectorOperators.LSHR, 1)
          .reinterpretAsFloats()
          .intoArray(tile.magnitude, b);
    }
    decodeSigns(tile);
  }

  private static void decodeHalfKeys(BlockTile tile) {
    boolean brain = tile.numbers.dtype == DType.BF16;
    for (int b = 0; b < tile.blocks; b += STEP) {
      IntVector magnitude =
          IntVector.fromArray(INTS, tile.extremes, b)
              .lanewise(VectorOperators.XOR, 0x8000)
              .lanewise(VectorOperators.LSHR, 1);
      FloatVector upper =
          magnitude.lanewise(VectorOperators.LSHL, Short.SIZE).reinterpretAsFloats();
      if (!brain) {
        upper =
            PairVectors.half(upper.reinterpretAsInts())
                .blend(
                    Float.POSITIVE_INFINITY,
                    magnitude.compare(VectorOperators.GE, NOT_FINITE).cast(FLOATS));
      }
      upper.intoArray(tile.magnitude, b);
    }
    decodeSigns(tile);
  }

  private static void decodeSigns(BlockTile tile) {
    boolean free = tile.scaleSign == ScaleSign.FREE;
    for (int b = 0; b < tile.blocks; b += STEP) {
      VectorMask<Float> negative =
          IntVector.fromArray(INTS, tile.extremes, b)
              .and(free ? 1 : 0)
              .compare(VectorOperators.NE, 0)
              .cast(FLOATS);
      FloatVector.broadcast(FLOATS, 1).blend(-1, negative).intoArray(tile.sign, b);
    }
  }

  private static void decodeReaches(BlockTile tile) {
    float limit = tile.numbers.dtype == DType.F16 ? BEYOND_HALVES : Float.POSITIVE_INFINITY;
    for (int b = 0; b < tile.blocks; b += STEP) {
      IntVector above = IntVector.fromArray(INTS, tile.extremes, b);
      IntVector below = IntVector.fromArray(INTS, tile.moreExtremes, b);
      FloatVector magnitude = above.max(below).reinterpretAsFloats();
      VectorMask<Float> beyond = magnitude.compare(VectorOperators.GE, limit);
      above.reinterpretAsFloats().blend(Float.POSITIVE_INFINITY, beyond).intoArray(tile.above, b);
      below.reinterpretAsFloats().intoArray(tile.below, b);
      magnitude.blend(Float.POSITIVE_INFINITY, beyond).intoArray(tile.magnitude, b);
      FloatVector.broadcast(FLOATS, 1).intoArray(tile.sign, b);
    }
  }
}
