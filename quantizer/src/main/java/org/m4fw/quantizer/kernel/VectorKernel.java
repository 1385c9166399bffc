package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.BlockTile.LANES;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The scalar kernel's operations on several lanes at once. The only user of the incubating vector
 * module; loaded only where there is that module and enough work for it.
 *
 * <p>Methods are small and hand nothing but arrays to each other: what the compiler has not inlined
 * makes an object of every vector.
 */
final class VectorKernel implements Kernel {
  private static final VectorSpecies<Float> FLOATS = floats();
  private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

  /** Lanes of a vector; divides those of a tile. */
  private static final int STEP = FLOATS.length();

  /** Which of the lanes of two vectors come first and second when they are interleaved. */
  private static final IntVector LOW = interleaved(0);

  private static final IntVector HIGH = interleaved(STEP / 2);

  /** As many bytes as a vector has lanes, or, as no vector is smaller, eight. */
  private static final VectorSpecies<Byte> BYTES =
      STEP == LANES ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

  private static final VectorMask<Byte> OF_STEP = BYTES.indexInRange(0, STEP);

  private static final int BELOW_HALF_PRECISION = 13;

  private static VectorSpecies<Float> floats() {
    VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
    return preferred.length() > LANES ? FloatVector.SPECIES_512 : preferred;
  }

  private static IntVector interleaved(int first) {
    int[] lanes = new int[STEP];
    for (int i = 0; i < STEP; i++) {
      lanes[i] = first + i / 2 + (i % 2) * STEP;
    }
    return IntVector.fromArray(INTS, lanes, 0);
  }

  @Override
  public void begin(BlockTile tile) {
    // The index of a number has four bits for its block and then those of its place in the block.
    // Interleaving the halves of an array rotates the bits of all indices by one.
    interleave(tile.values, tile.spare);
    interleave(tile.spare, tile.columns);
    interleave(tile.columns, tile.spare);
    interleave(tile.spare, tile.columns);
    for (int lane = 0; lane < LANES; lane += STEP) {
      extremes(tile, lane);
    }
  }

  private static void interleave(float[] from, float[] to) {
    int half = from.length / 2;
    for (int i = 0; i < half; i += STEP) {
      IntVector a = FloatVector.fromArray(FLOATS, from, i).reinterpretAsInts();
      IntVector b = FloatVector.fromArray(FLOATS, from, half + i).reinterpretAsInts();
      LOW.selectFrom(a, b).reinterpretAsFloats().intoArray(to, 2 * i);
      HIGH.selectFrom(a, b).reinterpretAsFloats().intoArray(to, 2 * i + STEP);
    }
  }

  private static void interleave(int[] from, int[] to) {
    int half = from.length / 2;
    for (int i = 0; i < half; i += STEP) {
      IntVector a = IntVector.fromArray(INTS, from, i);
      IntVector b = IntVector.fromArray(INTS, from, half + i);
      LOW.selectFrom(a, b).intoArray(to, 2 * i);
      HIGH.selectFrom(a, b).intoArray(to, 2 * i + STEP);
    }
  }

  private static void extremes(BlockTile tile, int lane) {
    float[] columns = tile.columns;
    IntVector magnitude = IntVector.zero(INTS);
    IntVector greatest = IntVector.broadcast(INTS, Integer.MIN_VALUE);
    for (int i = lane; i < columns.length; i += LANES) {
      IntVector bits = FloatVector.fromArray(FLOATS, columns, i).reinterpretAsInts();
      magnitude = magnitude.max(bits.and(MAGNITUDE));
      greatest = greatest.max(bits);
    }
    magnitude.reinterpretAsFloats().intoArray(tile.magnitude, lane);
    VectorMask<Float> positive = greatest.compare(VectorOperators.EQ, magnitude).cast(FLOATS);
    FloatVector.broadcast(FLOATS, 1).blend(-1, positive).intoArray(tile.sign, lane);
  }

  @Override
  public void propose(BlockTile tile, float step) {
    for (int lane = 0; lane < LANES; lane += STEP) {
      propose(tile, step, lane);
    }
  }

  private static void propose(BlockTile tile, float step, int lane) {
    FloatVector divisor = FloatVector.fromArray(FLOATS, tile.centre, lane).add(step);
    divisor =
        divisor.blend(SMALLEST_DIVISOR, divisor.compare(VectorOperators.LT, SMALLEST_DIVISOR));
    divisor.intoArray(tile.divisor, lane);
    FloatVector magnitude = FloatVector.fromArray(FLOATS, tile.magnitude, lane);
    magnitude.div(divisor).intoArray(tile.scale, lane);
    tryScale(tile, lane);
  }

  /** Takes the nearest scale to that in {@code scale} that there is. */
  private static void tryScale(BlockTile tile, int lane) {
    roundToF16(tile.scale, lane);
    FloatVector scale = FloatVector.fromArray(FLOATS, tile.scale, lane);
    scale = scale.blend(SMALLEST_SCALE, scale.compare(VectorOperators.LT, SMALLEST_SCALE));
    scale = scale.mul(FloatVector.fromArray(FLOATS, tile.sign, lane));
    FloatVector magnitude = FloatVector.fromArray(FLOATS, tile.magnitude, lane);
    scale = scale.blend(1, magnitude.compare(VectorOperators.LE, NOTHING));
    scale.intoArray(tile.scale, lane);
    FloatVector.broadcast(FLOATS, 1).div(scale).intoArray(tile.inverse, lane);
  }

  @Override
  public void fit(BlockTile tile) {
    for (int lane = 0; lane < LANES; lane += STEP) {
      fit(tile, lane);
      tryScale(tile, lane);
    }
  }

  private static void fit(BlockTile tile, int lane) {
    float[] columns = tile.columns;
    FloatVector best = FloatVector.fromArray(FLOATS, tile.bestScale, lane);
    FloatVector inverse = FloatVector.broadcast(FLOATS, 1).div(best);
    FloatVector products = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector ratio = FloatVector.fromArray(FLOATS, columns, i).mul(inverse);
      FloatVector number =
          ratio
              .add(MAGIC)
              .reinterpretAsInts()
              .max(MAGIC_BITS - 8)
              .min(MAGIC_BITS + 7)
              .reinterpretAsFloats()
              .sub(MAGIC);
      products = products.add(number.mul(ratio));
      squares = squares.add(number.mul(number));
    }
    best.mul(FloatVector.fromArray(FLOATS, tile.sign, lane))
        .mul(products.div(squares))
        .intoArray(tile.scale, lane);
    FloatVector.fromArray(FLOATS, tile.bestDivisor, lane).intoArray(tile.divisor, lane);
  }

  /** Rounds numbers that are not negative as {@link Float#floatToFloat16} does. */
  private static void roundToF16(float[] values, int lane) {
    FloatVector value = FloatVector.fromArray(FLOATS, values, lane);
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
    normal.blend(subnormal, value.compare(VectorOperators.LT, 0x1p-14f)).intoArray(values, lane);
  }

  @Override
  public void score(BlockTile tile) {
    for (int lane = 0; lane < LANES; lane += STEP) {
      score(tile, lane);
      keepBest(tile, lane);
    }
  }

  /** Leaves the errors in {@code noise}, which is free until the end. */
  private static void score(BlockTile tile, int lane) {
    float[] columns = tile.columns;
    FloatVector inverse = FloatVector.fromArray(FLOATS, tile.inverse, lane);
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector ratio = FloatVector.fromArray(FLOATS, columns, i).mul(inverse);
      FloatVector difference =
          ratio.sub(
              ratio
                  .add(MAGIC)
                  .reinterpretAsInts()
                  .max(MAGIC_BITS - 8)
                  .min(MAGIC_BITS + 7)
                  .reinterpretAsFloats()
                  .sub(MAGIC));
      sum = sum.add(difference.mul(difference));
    }
    FloatVector scale = FloatVector.fromArray(FLOATS, tile.scale, lane);
    sum.mul(scale).mul(scale).intoArray(tile.noise, lane);
  }

  private static void keepBest(BlockTile tile, int lane) {
    FloatVector error = FloatVector.fromArray(FLOATS, tile.noise, lane);
    FloatVector best = FloatVector.fromArray(FLOATS, tile.bestError, lane);
    VectorMask<Float> better = error.compare(VectorOperators.LT, best);
    best.blend(error, better).intoArray(tile.bestError, lane);
    FloatVector.fromArray(FLOATS, tile.bestScale, lane)
        .blend(FloatVector.fromArray(FLOATS, tile.scale, lane), better)
        .intoArray(tile.bestScale, lane);
    FloatVector.fromArray(FLOATS, tile.bestDivisor, lane)
        .blend(FloatVector.fromArray(FLOATS, tile.divisor, lane), better)
        .intoArray(tile.bestDivisor, lane);
  }

  @Override
  public void finish(BlockTile tile) {
    for (int lane = 0; lane < LANES; lane += STEP) {
      finish(tile, lane);
    }
    int[] from = tile.wordColumns;
    for (int left = Integer.numberOfTrailingZeros(tile.block / 8); left > 0; left--) {
      int[] to = left % 2 == 0 ? tile.spareWords : tile.words;
      interleave(from, to);
      from = to;
    }
  }

  private static void finish(BlockTile tile, int lane) {
    float[] columns = tile.columns;
    FloatVector scale = FloatVector.fromArray(FLOATS, tile.bestScale, lane);
    FloatVector inverse = FloatVector.broadcast(FLOATS, 1).div(scale);
    FloatVector signal = FloatVector.zero(FLOATS);
    FloatVector noise = FloatVector.zero(FLOATS);
    FloatVector rebuilt = FloatVector.zero(FLOATS);
    IntVector maxError = IntVector.zero(INTS);
    IntVector packed = IntVector.zero(INTS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOATS, columns, i);
      IntVector bits =
          value.mul(inverse).add(MAGIC).reinterpretAsInts().max(MAGIC_BITS - 8).min(MAGIC_BITS + 7);
      FloatVector stored = bits.reinterpretAsFloats().sub(MAGIC).mul(scale);
      FloatVector difference = value.sub(stored);
      signal = signal.add(value.mul(value));
      noise = noise.add(difference.mul(difference));
      rebuilt = rebuilt.add(stored.mul(stored));
      maxError = maxError.max(difference.reinterpretAsInts().and(MAGNITUDE));
      packed =
          packed
              .lanewise(VectorOperators.LSHR, 4)
              .or(bits.sub(MAGIC_BITS - 8).lanewise(VectorOperators.LSHL, 28));
      // Whole only after every eighth element, which comes last and so stays.
      packed.intoArray(tile.wordColumns, (i - lane) / (8 * LANES) * LANES + lane);
    }
    signal.intoArray(tile.signal, lane);
    noise.intoArray(tile.noise, lane);
    rebuilt.intoArray(tile.rebuilt, lane);
    maxError.reinterpretAsFloats().intoArray(tile.maxError, lane);
  }

  @Override
  public int magnitudeBits(RowTile row) {
    float[] values = row.values;
    IntVector magnitude = IntVector.zero(INTS);
    for (int i = 0; i < values.length; i += STEP) {
      magnitude =
          magnitude.max(
              FloatVector.fromArray(FLOATS, values, i).reinterpretAsInts().and(MAGNITUDE));
    }
    return magnitude.reduceLanes(VectorOperators.MAX);
  }

  @Override
  public void finish(RowTile row) {
    for (int lane = 0; lane < LANES; lane += STEP) {
      finish(row, lane);
    }
  }

  private static void finish(RowTile row, int lane) {
    float[] values = row.values;
    FloatVector signal = FloatVector.zero(FLOATS);
    FloatVector noise = FloatVector.zero(FLOATS);
    FloatVector rebuilt = FloatVector.zero(FLOATS);
    IntVector maxError = IntVector.zero(INTS);
    for (int i = lane; i < values.length; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOATS, values, i);
      IntVector bits =
          value
              .mul(row.inverse)
              .add(MAGIC)
              .reinterpretAsInts()
              .max(MAGIC_BITS - 127)
              .min(MAGIC_BITS + 127);
      store(bits, row.quantized, i);
      FloatVector stored = bits.reinterpretAsFloats().sub(MAGIC).mul(row.scale);
      FloatVector difference = value.sub(stored);
      signal = signal.add(value.mul(value));
      noise = noise.add(difference.mul(difference));
      rebuilt = rebuilt.add(stored.mul(stored));
      maxError = maxError.max(difference.reinterpretAsInts().and(MAGNITUDE));
    }
    signal.intoArray(row.signal, lane);
    noise.intoArray(row.noise, lane);
    rebuilt.intoArray(row.rebuilt, lane);
    maxError.reinterpretAsFloats().intoArray(row.maxError, lane);
  }

  /** Stores the lowest byte of every lane. */
  private static void store(IntVector bits, byte[] bytes, int at) {
    ByteVector narrow = (ByteVector) bits.convertShape(VectorOperators.I2B, BYTES, 0);
    if (STEP == BYTES.length()) {
      narrow.intoArray(bytes, at);
    } else {
      narrow.intoArray(bytes, at, OF_STEP);
    }
  }
}
