package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.BlockTile.LANES;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.m4fw.graph.ir.Symmetry;

/**
 * The scalar kernel's operations on several lanes at once. The only user of the incubating vector
 * module; loaded only where there is that module and enough work for it.
 *
 * <p>Methods are small and hand nothing but arrays to each other: what the compiler has not inlined
 * makes an object of every vector. The launcher tells the compiler to treat each for itself ({@code
 * -XX:CompileCommand=dontinline}).
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

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int BELOW_HALF_PRECISION = 13;
  private static final int SIGN = 1 << 31;

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
  public void measure(BlockTile tile) {
    if (tile.symmetry == Symmetry.SYMMETRIC) {
      largestKeys(tile.values, tile.block, tile.extremes);
      mergeLanes(tile, tile.extremes);
      decodeKeys(tile);
    } else {
      reaches(tile);
      mergeLanes(tile, tile.extremes);
      mergeLanes(tile, tile.moreExtremes);
      decodeReaches(tile);
    }
  }

  /**
   * For every block a vector whose lanes together hold the largest key: the magnitude of a number,
   * and below it one bit more if it is above zero, in signed order.
   */
  private static void largestKeys(float[] values, int block, int[] to) {
    int blocks = values.length / block;
    for (int b = 0; b < blocks; b++) {
      IntVector most = IntVector.broadcast(INTS, Integer.MIN_VALUE);
      for (int i = b * block; i < (b + 1) * block; i += STEP) {
        most =
            most.max(
                FloatVector.fromArray(FLOATS, values, i)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.ROL, 1)
                    .lanewise(VectorOperators.XOR, SIGN | 1));
      }
      most.intoArray(to, b * STEP);
    }
  }

  private static void reaches(BlockTile tile) {
    float[] values = tile.values;
    for (int b = 0; b < tile.blocks; b++) {
      IntVector above = IntVector.zero(INTS);
      IntVector below = IntVector.zero(INTS);
      for (int i = b * tile.block; i < (b + 1) * tile.block; i += STEP) {
        IntVector bits = FloatVector.fromArray(FLOATS, values, i).reinterpretAsInts();
        above = above.max(bits);
        below = below.max(bits.lanewise(VectorOperators.XOR, SIGN));
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
      mergeHalves(extremes, half, vectors);
    }
    if (STEP < LANES) {
      order(extremes, tile.blocks);
    }
  }

  /** Of each group of 2·half vectors, merges every one of the first half with one of the second. */
  private static void mergeHalves(int[] extremes, int half, int results) {
    int shift = Integer.numberOfTrailingZeros(half);
    for (int i = 0; i < results; i++) {
      int from = ((i >> shift << (shift + 1)) | (i & (half - 1))) * STEP;
      IntVector a = IntVector.fromArray(INTS, extremes, from);
      IntVector b = IntVector.fromArray(INTS, extremes, from + half * STEP);
      LOW.selectFrom(a, b).max(HIGH.selectFrom(a, b)).intoArray(extremes, i * STEP);
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
    boolean free = tile.scaleSign == ScaleSign.FREE;
    for (int b = 0; b < tile.blocks; b += STEP) {
      IntVector key = IntVector.fromArray(INTS, tile.extremes, b);
      key.lanewise(VectorOperators.XOR, SIGN)
          .lanewise(VectorOperators.LSHR, 1)
          .reinterpretAsFloats()
          .intoArray(tile.magnitude, b);
      VectorMask<Float> negative =
          key.and(free ? 1 : 0).compare(VectorOperators.NE, 0).cast(FLOATS);
      FloatVector.broadcast(FLOATS, 1).blend(-1, negative).intoArray(tile.sign, b);
    }
  }

  private static void decodeReaches(BlockTile tile) {
    for (int b = 0; b < tile.blocks; b += STEP) {
      IntVector above = IntVector.fromArray(INTS, tile.extremes, b);
      IntVector below = IntVector.fromArray(INTS, tile.moreExtremes, b);
      above.reinterpretAsFloats().intoArray(tile.above, b);
      below.reinterpretAsFloats().intoArray(tile.below, b);
      above.max(below).reinterpretAsFloats().intoArray(tile.magnitude, b);
      FloatVector.broadcast(FLOATS, 1).intoArray(tile.sign, b);
    }
  }

  @Override
  public void span(BlockTile tile) {
    for (int b = 0; b < tile.blocks; b += STEP) {
      if (tile.symmetry == Symmetry.SYMMETRIC) {
        FloatVector.fromArray(FLOATS, tile.magnitude, b).div(tile.steps()).intoArray(tile.scale, b);
        settle(tile, b);
        FloatVector.broadcast(FLOATS, MAGIC + MIDDLE).intoArray(tile.offset, b);
      } else {
        FloatVector below = FloatVector.fromArray(FLOATS, tile.below, b);
        FloatVector.fromArray(FLOATS, tile.above, b)
            .add(below)
            .div(LARGEST)
            .intoArray(tile.scale, b);
        settle(tile, b);
        zero(tile.below, b, tile.inverse, tile.offset, b);
        offsetOfNothing(tile, b);
      }
    }
  }

  /** MAGIC plus the integer for which a number so far below zero stands at 0. */
  private static void zero(float[] below, int at, float[] inverse, float[] offset, int lane) {
    FloatVector.fromArray(FLOATS, below, at)
        .fma(FloatVector.fromArray(FLOATS, inverse, lane), FloatVector.broadcast(FLOATS, MAGIC))
        .reinterpretAsInts()
        .max(MAGIC_BITS)
        .min(MAGIC_BITS + LARGEST)
        .reinterpretAsFloats()
        .intoArray(offset, lane);
  }

  /** Takes the nearest scales to those in {@code scale} that there are. */
  private static void settle(BlockTile tile, int b) {
    roundToF16(tile.scale, b);
    FloatVector scale = FloatVector.fromArray(FLOATS, tile.scale, b);
    scale = scale.blend(SMALLEST_SCALE, scale.compare(VectorOperators.LT, SMALLEST_SCALE));
    scale = scale.mul(FloatVector.fromArray(FLOATS, tile.sign, b));
    FloatVector magnitude = FloatVector.fromArray(FLOATS, tile.magnitude, b);
    scale = scale.blend(1, magnitude.compare(VectorOperators.LE, NOTHING));
    scale.intoArray(tile.scale, b);
    FloatVector.broadcast(FLOATS, 1).div(scale).intoArray(tile.inverse, b);
  }

  private static void offsetOfNothing(BlockTile tile, int b) {
    FloatVector magnitude = FloatVector.fromArray(FLOATS, tile.magnitude, b);
    FloatVector.fromArray(FLOATS, tile.offset, b)
        .blend(MAGIC + MIDDLE, magnitude.compare(VectorOperators.LE, NOTHING))
        .intoArray(tile.offset, b);
  }

  /** Rounds numbers that are not negative as {@link Float#floatToFloat16} does. */
  private static void roundToF16(float[] values, int at) {
    FloatVector value = FloatVector.fromArray(FLOATS, values, at);
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
    normal.blend(subnormal, value.compare(VectorOperators.LT, 0x1p-14f)).intoArray(values, at);
  }

  @Override
  public void search(BlockTile tile) {
    float[] divisors = Divisors.of(tile);
    for (int first = 0; first < tile.blocks; first += LANES) {
      transpose(tile.values, first * tile.block, tile.columns, tile.spare);
      if (tile.weighted) {
        transpose(tile.weights, first * tile.block, tile.weightColumns, tile.spare);
      }
      for (int lane = 0; lane < LANES; lane += STEP) {
        search(tile, divisors, first, lane);
      }
    }
  }

  /** Two attempts at a time, which keep more of the processor busy than one. */
  private static void search(BlockTile tile, float[] divisors, int first, int lane) {
    begin(tile, first, lane);
    for (int i = 0; i < divisors.length; i += 2) {
      propose(tile, tile.one, first, lane, divisors[i]);
      propose(tile, tile.other, first, lane, divisors[i + 1]);
      attemptTwo(tile, lane);
      keepBest(tile, tile.one, lane);
      keepBest(tile, tile.other, lane);
    }
    proposeBest(tile, lane);
    attemptOne(tile, lane);
    keepBest(tile, tile.one, lane);
    takeBest(tile, first, lane);
    settle(tile, first + lane);
    offsetOfNothing(tile, first + lane);
  }

  private static void attemptTwo(BlockTile tile, int lane) {
    if (tile.weighted) {
      weighted(tile, tile.one, lane);
      weighted(tile, tile.other, lane);
    } else {
      even(tile, tile.one, tile.other, lane);
    }
  }

  private static void attemptOne(BlockTile tile, int lane) {
    if (tile.weighted) {
      weighted(tile, tile.one, lane);
    } else {
      even(tile, tile.one, lane);
    }
  }

  /** Sixteen blocks, one after the other, to sixteen columns. */
  private static void transpose(float[] values, int at, float[] columns, float[] spare) {
    // The index of a number has four bits for its block and then those of its place in the block.
    // Interleaving the halves of an array rotates the bits of all indices by one, and doing that
    // with the halves of what comes out rotates them by two.
    interleave(values, at, spare);
    interleave(spare, 0, columns);
  }

  private static void interleave(float[] from, int at, float[] to) {
    int quarter = to.length / 4;
    for (int i = 0; i < quarter; i += STEP) {
      IntVector a = FloatVector.fromArray(FLOATS, from, at + i).reinterpretAsInts();
      IntVector b = FloatVector.fromArray(FLOATS, from, at + quarter + i).reinterpretAsInts();
      IntVector c = FloatVector.fromArray(FLOATS, from, at + 2 * quarter + i).reinterpretAsInts();
      IntVector d = FloatVector.fromArray(FLOATS, from, at + 3 * quarter + i).reinterpretAsInts();
      IntVector ac = LOW.selectFrom(a, c);
      IntVector bd = LOW.selectFrom(b, d);
      LOW.selectFrom(ac, bd).reinterpretAsFloats().intoArray(to, 4 * i);
      HIGH.selectFrom(ac, bd).reinterpretAsFloats().intoArray(to, 4 * i + STEP);
      IntVector acHigh = HIGH.selectFrom(a, c);
      IntVector bdHigh = HIGH.selectFrom(b, d);
      LOW.selectFrom(acHigh, bdHigh).reinterpretAsFloats().intoArray(to, 4 * i + 2 * STEP);
      HIGH.selectFrom(acHigh, bdHigh).reinterpretAsFloats().intoArray(to, 4 * i + 3 * STEP);
    }
  }

  private static void begin(BlockTile tile, int first, int lane) {
    FloatVector reach =
        tile.symmetry == Symmetry.SYMMETRIC
            ? FloatVector.fromArray(FLOATS, tile.magnitude, first + lane)
            : FloatVector.fromArray(FLOATS, tile.above, first + lane)
                .add(FloatVector.fromArray(FLOATS, tile.below, first + lane));
    FloatVector.fromArray(FLOATS, tile.sign, first + lane).div(reach).intoArray(tile.unit, lane);
    FloatVector offset = FloatVector.broadcast(FLOATS, MAGIC + MIDDLE);
    offset.intoArray(tile.one.offset, lane);
    offset.intoArray(tile.other.offset, lane);
    FloatVector.zero(FLOATS).intoArray(tile.best.products, lane);
    FloatVector.broadcast(FLOATS, 1).intoArray(tile.best.squares, lane);
    offset.intoArray(tile.best.offset, lane);
  }

  private static void propose(
      BlockTile tile, BlockTile.Attempt attempt, int first, int lane, float divisor) {
    FloatVector.fromArray(FLOATS, tile.unit, lane).mul(divisor).intoArray(attempt.inverse, lane);
    if (tile.symmetry == Symmetry.ASYMMETRIC) {
      zero(tile.below, first + lane, attempt.inverse, attempt.offset, lane);
    }
  }

  private static void proposeBest(BlockTile tile, int lane) {
    FloatVector.fromArray(FLOATS, tile.best.squares, lane)
        .div(FloatVector.fromArray(FLOATS, tile.best.products, lane))
        .intoArray(tile.one.inverse, lane);
    FloatVector.fromArray(FLOATS, tile.best.offset, lane).intoArray(tile.one.offset, lane);
  }

  private static void even(BlockTile tile, BlockTile.Attempt attempt, int lane) {
    float[] columns = tile.columns;
    FloatVector inverse = FloatVector.fromArray(FLOATS, attempt.inverse, lane);
    FloatVector offset = FloatVector.fromArray(FLOATS, attempt.offset, lane);
    FloatVector products = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOATS, columns, i);
      FloatVector number =
          value
              .fma(inverse, offset)
              .reinterpretAsInts()
              .max(MAGIC_BITS)
              .min(MAGIC_BITS + LARGEST)
              .reinterpretAsFloats()
              .sub(offset);
      products = value.fma(number, products);
      squares = number.fma(number, squares);
    }
    products.intoArray(attempt.products, lane);
    squares.intoArray(attempt.squares, lane);
  }

  private static void even(
      BlockTile tile, BlockTile.Attempt one, BlockTile.Attempt other, int lane) {
    float[] columns = tile.columns;
    FloatVector inverse = FloatVector.fromArray(FLOATS, one.inverse, lane);
    FloatVector offset = FloatVector.fromArray(FLOATS, one.offset, lane);
    FloatVector products = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    FloatVector otherInverse = FloatVector.fromArray(FLOATS, other.inverse, lane);
    FloatVector otherOffset = FloatVector.fromArray(FLOATS, other.offset, lane);
    FloatVector otherProducts = FloatVector.zero(FLOATS);
    FloatVector otherSquares = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOATS, columns, i);
      FloatVector number =
          value
              .fma(inverse, offset)
              .reinterpretAsInts()
              .max(MAGIC_BITS)
              .min(MAGIC_BITS + LARGEST)
              .reinterpretAsFloats()
              .sub(offset);
      products = value.fma(number, products);
      squares = number.fma(number, squares);
      FloatVector otherNumber =
          value
              .fma(otherInverse, otherOffset)
              .reinterpretAsInts()
              .max(MAGIC_BITS)
              .min(MAGIC_BITS + LARGEST)
              .reinterpretAsFloats()
              .sub(otherOffset);
      otherProducts = value.fma(otherNumber, otherProducts);
      otherSquares = otherNumber.fma(otherNumber, otherSquares);
    }
    products.intoArray(one.products, lane);
    squares.intoArray(one.squares, lane);
    otherProducts.intoArray(other.products, lane);
    otherSquares.intoArray(other.squares, lane);
  }

  private static void weighted(BlockTile tile, BlockTile.Attempt attempt, int lane) {
    float[] columns = tile.columns;
    float[] weights = tile.weightColumns;
    FloatVector inverse = FloatVector.fromArray(FLOATS, attempt.inverse, lane);
    FloatVector offset = FloatVector.fromArray(FLOATS, attempt.offset, lane);
    FloatVector products = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOATS, columns, i);
      FloatVector weight = FloatVector.fromArray(FLOATS, weights, i);
      FloatVector number =
          value
              .fma(inverse, offset)
              .reinterpretAsInts()
              .max(MAGIC_BITS)
              .min(MAGIC_BITS + LARGEST)
              .reinterpretAsFloats()
              .sub(offset);
      products = value.mul(weight).fma(number, products);
      squares = number.mul(weight).fma(number, squares);
    }
    products.intoArray(attempt.products, lane);
    squares.intoArray(attempt.squares, lane);
  }

  private static void keepBest(BlockTile tile, BlockTile.Attempt attempt, int lane) {
    BlockTile.Attempt best = tile.best;
    FloatVector products = FloatVector.fromArray(FLOATS, attempt.products, lane);
    FloatVector squares = FloatVector.fromArray(FLOATS, attempt.squares, lane);
    FloatVector bestProducts = FloatVector.fromArray(FLOATS, best.products, lane);
    FloatVector bestSquares = FloatVector.fromArray(FLOATS, best.squares, lane);
    FloatVector score = products.mul(products).mul(bestSquares);
    FloatVector toBeat = bestProducts.mul(bestProducts).mul(squares);
    VectorMask<Float> better = score.compare(VectorOperators.GT, toBeat);
    VectorMask<Float> close =
        score
            .compare(VectorOperators.GE, toBeat.mul(1 - CLOSE))
            .and(score.compare(VectorOperators.LE, toBeat.mul(1 + CLOSE)));
    if (close.anyTrue()) {
      rounding(attempt, lane);
      rounding(best, lane);
      VectorMask<Float> less =
          FloatVector.fromArray(FLOATS, attempt.rounding, lane)
              .compare(VectorOperators.LT, FloatVector.fromArray(FLOATS, best.rounding, lane));
      better = better.andNot(close).or(less.and(close));
    }
    bestProducts.blend(products, better).intoArray(best.products, lane);
    bestSquares.blend(squares, better).intoArray(best.squares, lane);
    FloatVector.fromArray(FLOATS, best.offset, lane)
        .blend(FloatVector.fromArray(FLOATS, attempt.offset, lane), better)
        .intoArray(best.offset, lane);
  }

  /** How much the best multiple is changed when it is rounded to F16, relatively. */
  private static void rounding(BlockTile.Attempt attempt, int lane) {
    FloatVector ideal =
        FloatVector.fromArray(FLOATS, attempt.products, lane)
            .div(FloatVector.fromArray(FLOATS, attempt.squares, lane))
            .abs();
    ideal.intoArray(attempt.rounding, lane);
    roundToF16(attempt.rounding, lane);
    FloatVector.fromArray(FLOATS, attempt.rounding, lane)
        .sub(ideal)
        .abs()
        .div(ideal)
        .intoArray(attempt.rounding, lane);
  }

  private static void takeBest(BlockTile tile, int first, int lane) {
    boolean symmetric = tile.symmetry == Symmetry.SYMMETRIC;
    FloatVector reach =
        symmetric
            ? FloatVector.fromArray(FLOATS, tile.magnitude, first + lane)
            : FloatVector.fromArray(FLOATS, tile.above, first + lane)
                .add(FloatVector.fromArray(FLOATS, tile.below, first + lane));
    float steps = symmetric ? MIDDLE : LARGEST;
    FloatVector ideal =
        FloatVector.fromArray(FLOATS, tile.best.products, lane)
            .mul(FloatVector.fromArray(FLOATS, tile.sign, first + lane))
            .div(FloatVector.fromArray(FLOATS, tile.best.squares, lane));
    ideal = ideal.blend(LARGEST_SCALE, ideal.compare(VectorOperators.GT, LARGEST_SCALE));
    VectorMask<Float> found = ideal.compare(VectorOperators.GT, 0);
    ideal = reach.div(steps).blend(ideal, found);
    ideal =
        ideal.blend(
            Float.POSITIVE_INFINITY, reach.compare(VectorOperators.GT, LARGEST_SCALE * steps));
    ideal.intoArray(tile.scale, first + lane);
    FloatVector.fromArray(FLOATS, tile.best.offset, lane).intoArray(tile.offset, first + lane);
  }

  @Override
  public void pack(BlockTile tile, byte[] data, int at) {
    for (int lane = 0; lane < LANES; lane += STEP) {
      pack(tile, data, at, lane);
    }
  }

  private static void pack(BlockTile tile, byte[] data, int at, int lane) {
    float[] values = tile.values;
    int shift = Integer.numberOfTrailingZeros(tile.block);
    FloatVector signal = FloatVector.zero(FLOATS);
    FloatVector noise = FloatVector.zero(FLOATS);
    FloatVector rebuilt = FloatVector.zero(FLOATS);
    IntVector maxError = IntVector.zero(INTS);
    for (int i = lane; i < values.length; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOATS, values, i);
      FloatVector scale = FloatVector.broadcast(FLOATS, tile.scale[i >> shift]);
      FloatVector inverse = FloatVector.broadcast(FLOATS, tile.inverse[i >> shift]);
      FloatVector offset = FloatVector.broadcast(FLOATS, tile.offset[i >> shift]);
      IntVector bits =
          value.fma(inverse, offset).reinterpretAsInts().max(MAGIC_BITS).min(MAGIC_BITS + LARGEST);
      FloatVector stored = bits.reinterpretAsFloats().sub(offset).mul(scale);
      FloatVector difference = value.sub(stored);
      signal = value.fma(value, signal);
      noise = difference.fma(difference, noise);
      rebuilt = stored.fma(stored, rebuilt);
      maxError = maxError.max(difference.reinterpretAsInts().and(MAGNITUDE));
      LongVector pairs = bits.and(LARGEST).reinterpretAsLongs();
      ByteVector packed =
          (ByteVector)
              pairs
                  .or(pairs.lanewise(VectorOperators.LSHR, 28))
                  .convertShape(VectorOperators.L2B, ByteVector.SPECIES_64, 0);
      switch (STEP) {
        case LANES -> packed.intoArray(data, at + (i >> 1));
        case LANES / 2 -> INT.set(data, at + (i >> 1), packed.reinterpretAsInts().lane(0));
        default -> SHORT.set(data, at + (i >> 1), packed.reinterpretAsShorts().lane(0));
      }
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
  public void pack(RowTile row, byte[] data, int at) {
    for (int lane = 0; lane < LANES; lane += STEP) {
      pack(row, data, at, lane);
    }
  }

  private static void pack(RowTile row, byte[] data, int at, int lane) {
    float[] values = row.values;
    FloatVector inverse = FloatVector.broadcast(FLOATS, row.inverse);
    FloatVector scale = FloatVector.broadcast(FLOATS, -row.scale);
    FloatVector magic = FloatVector.broadcast(FLOATS, MAGIC);
    FloatVector signal = FloatVector.zero(FLOATS);
    FloatVector noise = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    IntVector maxError = IntVector.zero(INTS);
    for (int i = lane; i < values.length; i += LANES) {
      FloatVector value = FloatVector.fromArray(FLOATS, values, i);
      FloatVector rounded = value.fma(inverse, magic);
      FloatVector number = rounded.sub(magic);
      ByteVector narrow =
          (ByteVector) rounded.reinterpretAsInts().convertShape(VectorOperators.I2B, BYTES, 0);
      if (STEP == BYTES.length()) {
        narrow.intoArray(data, at + i);
      } else {
        narrow.intoArray(data, at + i, OF_STEP);
      }
      FloatVector difference = number.fma(scale, value);
      signal = value.fma(value, signal);
      noise = difference.fma(difference, noise);
      squares = number.fma(number, squares);
      maxError = maxError.max(difference.reinterpretAsInts().and(MAGNITUDE));
    }
    signal.intoArray(row.signal, lane);
    noise.intoArray(row.noise, lane);
    squares.intoArray(row.squares, lane);
    maxError.reinterpretAsFloats().intoArray(row.maxError, lane);
  }
}
