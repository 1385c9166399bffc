package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.BlockTile.LANES;
import static org.m4fw.quantizer.kernel.Kernel.CLOSE;
import static org.m4fw.quantizer.kernel.Kernel.LARGEST;
import static org.m4fw.quantizer.kernel.Kernel.LARGEST_SCALE;
import static org.m4fw.quantizer.kernel.Kernel.MAGIC;
import static org.m4fw.quantizer.kernel.Kernel.MAGIC_BITS;
import static org.m4fw.quantizer.kernel.Kernel.MIDDLE;
import static org.m4fw.quantizer.kernel.PairVectors.FLOATS;
import static org.m4fw.quantizer.kernel.PairVectors.INTS;
import static org.m4fw.quantizer.kernel.PairVectors.STEP;
import static org.m4fw.quantizer.kernel.VectorExtremes.HIGH;
import static org.m4fw.quantizer.kernel.VectorExtremes.LOW;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Symmetry;

/** The search for scales, in as many blocks side by side as a vector has lanes. */
final class VectorSearch {
  /**
   * Magnitudes that are divided by less never come to lie above 7 when they are rounded, and by
   * less than the second never below −8: nothing has to be clamped there.
   */
  private static final float WITHIN_SEVEN = 7.5f;

  private static final float WITHIN_EIGHT = 8.5f;

  private VectorSearch() {}

  static void search(BlockTile tile) {
    float[] divisors = Divisors.of(tile);
    for (int first = 0; first < tile.blocks; first += LANES) {
      columns(tile, first);
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
      attemptTwo(tile, lane, Math.max(divisors[i], divisors[i + 1]));
      keepBest(tile, tile.one, lane);
      keepBest(tile, tile.other, lane);
    }
    proposeBest(tile, lane);
    attemptOne(tile, lane);
    keepBest(tile, tile.one, lane);
    takeBest(tile, first, lane);
    VectorScales.settle(tile, first + lane, first + lane + STEP);
    VectorScales.offsetOfNothing(tile, first + lane);
  }

  private static void attemptTwo(BlockTile tile, int lane, float divisor) {
    if (tile.weighted) {
      weighted(tile, tile.one, lane);
      weighted(tile, tile.other, lane);
    } else if (tile.symmetry == Symmetry.ASYMMETRIC || divisor >= WITHIN_EIGHT) {
      even(tile, tile.one, tile.other, lane);
    } else if (divisor >= WITHIN_SEVEN) {
      evenBelow(tile, tile.one, tile.other, lane);
    } else {
      evenWithin(tile, tile.one, tile.other, lane);
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
  private static void columns(BlockTile tile, int first) {
    int from = first * tile.block;
    if (tile.numbers.dtype == DType.F32) {
      transpose(tile.numbers.words, from, tile.columns, tile.spare);
    } else {
      transpose(tile.numbers.words, from / 2, tile.pairs, tile.spare);
      part(tile.numbers.dtype == DType.BF16, tile.pairs, tile.columns);
    }
    if (tile.weighted) {
      transpose(tile.weights.words, from, tile.weightColumns, tile.spare);
    }
  }

  private static void transpose(int[] words, int at, int[] columns, int[] spare) {
    // The index of a number has four bits for its block and then those of its place in the block.
    // Interleaving the halves of an array rotates the bits of all indices by one, and doing that
    // with the halves of what comes out rotates them by two.
    interleave(words, at, columns.length, spare);
    interleave(spare, 0, columns.length, columns);
  }

  private static void interleave(int[] from, int at, int length, int[] to) {
    int quarter = length / 4;
    for (int i = 0; i < quarter; i += STEP) {
      IntVector a = IntVector.fromArray(INTS, from, at + i);
      IntVector b = IntVector.fromArray(INTS, from, at + quarter + i);
      IntVector c = IntVector.fromArray(INTS, from, at + 2 * quarter + i);
      IntVector d = IntVector.fromArray(INTS, from, at + 3 * quarter + i);
      IntVector ac = LOW.selectFrom(a, c);
      IntVector bd = LOW.selectFrom(b, d);
      LOW.selectFrom(ac, bd).intoArray(to, 4 * i);
      HIGH.selectFrom(ac, bd).intoArray(to, 4 * i + STEP);
      IntVector acHigh = HIGH.selectFrom(a, c);
      IntVector bdHigh = HIGH.selectFrom(b, d);
      LOW.selectFrom(acHigh, bdHigh).intoArray(to, 4 * i + 2 * STEP);
      HIGH.selectFrom(acHigh, bdHigh).intoArray(to, 4 * i + 3 * STEP);
    }
  }

  /** Of columns of pairs, two columns each. */
  private static void part(boolean brain, int[] pairs, int[] columns) {
    for (int i = 0; i < pairs.length; i += LANES) {
      for (int lane = 0; lane < LANES; lane += STEP) {
        IntVector pair = IntVector.fromArray(INTS, pairs, i + lane);
        IntVector even = pair.lanewise(VectorOperators.LSHL, Short.SIZE);
        if (brain) {
          even.intoArray(columns, 2 * i + lane);
          pair.and(PairVectors.UPPER).intoArray(columns, 2 * i + LANES + lane);
        } else {
          PairVectors.half(even).reinterpretAsInts().intoArray(columns, 2 * i + lane);
          PairVectors.half(pair).reinterpretAsInts().intoArray(columns, 2 * i + LANES + lane);
        }
      }
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
      VectorScales.zero(tile.below, first + lane, attempt.inverse, attempt.offset, lane);
    }
  }

  private static void proposeBest(BlockTile tile, int lane) {
    FloatVector.fromArray(FLOATS, tile.best.squares, lane)
        .div(FloatVector.fromArray(FLOATS, tile.best.products, lane))
        .intoArray(tile.one.inverse, lane);
    FloatVector.fromArray(FLOATS, tile.best.offset, lane).intoArray(tile.one.offset, lane);
  }

  private static void even(BlockTile tile, BlockTile.Attempt attempt, int lane) {
    int[] columns = tile.columns;
    FloatVector inverse = FloatVector.fromArray(FLOATS, attempt.inverse, lane);
    FloatVector offset = FloatVector.fromArray(FLOATS, attempt.offset, lane);
    FloatVector products = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector value = IntVector.fromArray(INTS, columns, i).reinterpretAsFloats();
      FloatVector number =
          PairVectors.round(value, inverse, offset).reinterpretAsFloats().sub(offset);
      products = value.fma(number, products);
      squares = number.fma(number, squares);
    }
    products.intoArray(attempt.products, lane);
    squares.intoArray(attempt.squares, lane);
  }

  private static void even(
      BlockTile tile, BlockTile.Attempt one, BlockTile.Attempt other, int lane) {
    int[] columns = tile.columns;
    FloatVector inverse = FloatVector.fromArray(FLOATS, one.inverse, lane);
    FloatVector offset = FloatVector.fromArray(FLOATS, one.offset, lane);
    FloatVector products = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    FloatVector otherInverse = FloatVector.fromArray(FLOATS, other.inverse, lane);
    FloatVector otherOffset = FloatVector.fromArray(FLOATS, other.offset, lane);
    FloatVector otherProducts = FloatVector.zero(FLOATS);
    FloatVector otherSquares = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector value = IntVector.fromArray(INTS, columns, i).reinterpretAsFloats();
      FloatVector number =
          PairVectors.round(value, inverse, offset).reinterpretAsFloats().sub(offset);
      products = value.fma(number, products);
      squares = number.fma(number, squares);
      FloatVector otherNumber =
          PairVectors.round(value, otherInverse, otherOffset)
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

  /** Where no integer comes to lie below the smallest. */
  private static void evenBelow(
      BlockTile tile, BlockTile.Attempt one, BlockTile.Attempt other, int lane) {
    int[] columns = tile.columns;
    FloatVector inverse = FloatVector.fromArray(FLOATS, one.inverse, lane);
    FloatVector offset = FloatVector.fromArray(FLOATS, one.offset, lane);
    FloatVector products = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    FloatVector otherInverse = FloatVector.fromArray(FLOATS, other.inverse, lane);
    FloatVector otherOffset = FloatVector.fromArray(FLOATS, other.offset, lane);
    FloatVector otherProducts = FloatVector.zero(FLOATS);
    FloatVector otherSquares = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector value = IntVector.fromArray(INTS, columns, i).reinterpretAsFloats();
      FloatVector number =
          value
              .fma(inverse, offset)
              .reinterpretAsInts()
              .min(MAGIC_BITS + LARGEST)
              .reinterpretAsFloats()
              .sub(offset);
      products = value.fma(number, products);
      squares = number.fma(number, squares);
      FloatVector otherNumber =
          value
              .fma(otherInverse, otherOffset)
              .reinterpretAsInts()
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

  /** Where all integers are among the sixteen. */
  private static void evenWithin(
      BlockTile tile, BlockTile.Attempt one, BlockTile.Attempt other, int lane) {
    int[] columns = tile.columns;
    FloatVector inverse = FloatVector.fromArray(FLOATS, one.inverse, lane);
    FloatVector offset = FloatVector.fromArray(FLOATS, one.offset, lane);
    FloatVector products = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    FloatVector otherInverse = FloatVector.fromArray(FLOATS, other.inverse, lane);
    FloatVector otherOffset = FloatVector.fromArray(FLOATS, other.offset, lane);
    FloatVector otherProducts = FloatVector.zero(FLOATS);
    FloatVector otherSquares = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector value = IntVector.fromArray(INTS, columns, i).reinterpretAsFloats();
      FloatVector number = value.fma(inverse, offset).sub(offset);
      products = value.fma(number, products);
      squares = number.fma(number, squares);
      FloatVector otherNumber = value.fma(otherInverse, otherOffset).sub(otherOffset);
      otherProducts = value.fma(otherNumber, otherProducts);
      otherSquares = otherNumber.fma(otherNumber, otherSquares);
    }
    products.intoArray(one.products, lane);
    squares.intoArray(one.squares, lane);
    otherProducts.intoArray(other.products, lane);
    otherSquares.intoArray(other.squares, lane);
  }

  private static void weighted(BlockTile tile, BlockTile.Attempt attempt, int lane) {
    int[] columns = tile.columns;
    int[] weights = tile.weightColumns;
    FloatVector inverse = FloatVector.fromArray(FLOATS, attempt.inverse, lane);
    FloatVector offset = FloatVector.fromArray(FLOATS, attempt.offset, lane);
    FloatVector products = FloatVector.zero(FLOATS);
    FloatVector squares = FloatVector.zero(FLOATS);
    for (int i = lane; i < columns.length; i += LANES) {
      FloatVector value = IntVector.fromArray(INTS, columns, i).reinterpretAsFloats();
      FloatVector weight = IntVector.fromArray(INTS, weights, i).reinterpretAsFloats();
      FloatVector number =
          PairVectors.round(value, inverse, offset).reinterpretAsFloats().sub(offset);
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
    VectorScales.roundToF16(attempt.rounding, lane, lane + STEP);
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
}
