package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.BlockTile.LANES;

import java.util.Arrays;
import org.m4fw.graph.ir.Symmetry;

/** The reference: one number after the other, and what is right by definition. */
final class ScalarKernel implements Kernel {

  @Override
  public void measure(BlockTile tile) {
    tile.widen();
    for (int b = 0; b < tile.blocks; b++) {
      int above = 0;
      int below = 0;
      for (int i = b * tile.block; i < (b + 1) * tile.block; i++) {
        int bits = Float.floatToRawIntBits(tile.values[i]);
        // As integers, floats below zero come before all others.
        above = Math.max(above, bits);
        below = Math.max(below, bits ^ ~MAGNITUDE);
      }
      tile.above[b] = Float.intBitsToFloat(above);
      tile.below[b] = Float.intBitsToFloat(below);
      tile.magnitude[b] = Float.intBitsToFloat(Math.max(above, below));
      tile.sign[b] = tile.scaleSign == ScaleSign.FREE && above >= below ? -1 : 1;
    }
  }

  @Override
  public void span(BlockTile tile) {
    for (int b = 0; b < tile.blocks; b++) {
      boolean symmetric = tile.symmetry == Symmetry.SYMMETRIC;
      float reach = symmetric ? tile.magnitude[b] : tile.above[b] + tile.below[b];
      settle(tile, b, reach / (symmetric ? tile.steps() : LARGEST));
      tile.offset[b] =
          symmetric || tile.magnitude[b] <= NOTHING
              ? MAGIC + MIDDLE
              : zero(tile.below[b], tile.inverse[b]);
    }
  }

  /** MAGIC plus the integer for which a number so far below zero stands at 0. */
  private static float zero(float below, float inverse) {
    return Float.intBitsToFloat(clamp(Math.fma(below, inverse, MAGIC)));
  }

  /** Takes the nearest scale that there is. */
  private static void settle(BlockTile tile, int b, float ideal) {
    float scale = Float.float16ToFloat(Float.floatToFloat16(ideal));
    if (scale < SMALLEST_SCALE) {
      scale = SMALLEST_SCALE;
    }
    scale = tile.magnitude[b] <= NOTHING ? 1 : scale * tile.sign[b];
    tile.scale[b] = scale;
    tile.inverse[b] = 1 / scale;
  }

  @Override
  public void search(BlockTile tile) {
    float[] divisors = Divisors.of(tile);
    for (int b = 0; b < tile.blocks; b++) {
      boolean symmetric = tile.symmetry == Symmetry.SYMMETRIC;
      float reach = symmetric ? tile.magnitude[b] : tile.above[b] + tile.below[b];
      float unit = tile.sign[b] / reach;
      Best best = new Best();
      for (float divisor : divisors) {
        float inverse = unit * divisor;
        float offset = symmetric ? MAGIC + MIDDLE : zero(tile.below[b], inverse);
        attempt(tile, b, inverse, offset, best);
      }
      attempt(tile, b, best.squares / best.products, best.offset, best);
      float most = LARGEST_SCALE * (symmetric ? MIDDLE : LARGEST);
      settle(tile, b, ideal(tile.sign[b], reach, most, best));
      tile.offset[b] = tile.magnitude[b] <= NOTHING ? MAGIC + MIDDLE : best.offset;
    }
  }

  private static float ideal(float sign, float reach, float most, Best best) {
    float ideal = best.products * sign / best.squares;
    if (ideal > LARGEST_SCALE) {
      ideal = LARGEST_SCALE;
    }
    // Where all weights are zero, no scale is better than another.
    if (!(ideal > 0)) {
      ideal = reach / (most / LARGEST_SCALE);
    }
    return reach > most ? Float.POSITIVE_INFINITY : ideal;
  }

  /** The best integers so far. */
  private static final class Best {
    float products;
    float squares = 1;
    float offset = MAGIC + MIDDLE;
  }

  private static void attempt(BlockTile tile, int b, float inverse, float offset, Best best) {
    float products = 0;
    float squares = 0;
    for (int i = b * tile.block; i < (b + 1) * tile.block; i++) {
      float value = tile.values[i];
      float number = Float.intBitsToFloat(clamp(Math.fma(value, inverse, offset))) - offset;
      if (tile.weighted) {
        float weight = tile.weights.number(i);
        products = Math.fma(value * weight, number, products);
        squares = Math.fma(number * weight, number, squares);
      } else {
        products = Math.fma(value, number, products);
        squares = Math.fma(number, number, squares);
      }
    }
    float score = products * products * best.squares;
    float toBeat = best.products * best.products * squares;
    boolean close = score >= toBeat * (1 - CLOSE) && score <= toBeat * (1 + CLOSE);
    if (close
        ? rounding(products, squares) < rounding(best.products, best.squares)
        : score > toBeat) {
      best.products = products;
      best.squares = squares;
      best.offset = offset;
    }
  }

  /** How much the best multiple is changed when it is rounded to F16, relatively. */
  private static float rounding(float products, float squares) {
    float ideal = Math.abs(products / squares);
    return Math.abs(Float.float16ToFloat(Float.floatToFloat16(ideal)) - ideal) / ideal;
  }

  /** The bits of MAGIC + q for the nearest q from 0 to 15. */
  private static int clamp(float number) {
    int bits = Float.floatToRawIntBits(number);
    return Math.min(Math.max(bits, MAGIC_BITS), MAGIC_BITS + LARGEST);
  }

  @Override
  public void pack(BlockTile tile, byte[] data, int at) {
    clear(tile.signal, tile.noise, tile.rebuilt, tile.maxError);
    for (int i = 0; i < tile.values.length; i++) {
      int b = i / tile.block;
      int lane = i / 2 % LANES;
      float value = tile.values[i];
      int bits = clamp(Math.fma(value, tile.inverse[b], tile.offset[b]));
      float stored = (Float.intBitsToFloat(bits) - tile.offset[b]) * tile.scale[b];
      float difference = value - stored;
      tile.signal[lane] = Math.fma(value, value, tile.signal[lane]);
      tile.noise[lane] = Math.fma(difference, difference, tile.noise[lane]);
      tile.rebuilt[lane] = Math.fma(stored, stored, tile.rebuilt[lane]);
      tile.maxError[lane] = larger(tile.maxError[lane], difference);
      int nibble = bits - MAGIC_BITS;
      data[at + i / 2] = (byte) (i % 2 == 0 ? nibble : data[at + i / 2] | nibble << 4);
    }
  }

  @Override
  public int magnitudeBits(RowTile row) {
    row.stored.ifPresent(brains -> brains.widen(row.values));
    int magnitude = 0;
    for (int i = 0; i < row.length; i++) {
      magnitude = Math.max(magnitude, Float.floatToRawIntBits(row.values[i]) & MAGNITUDE);
    }
    return magnitude;
  }

  @Override
  public void pack(RowTile row, byte[] data, int at) {
    clear(row.signal, row.noise, row.squares, row.maxError);
    boolean inPairs = row.stored.isPresent();
    for (int i = 0; i < row.length; i++) {
      int lane = (inPairs ? i / 2 : i) % LANES;
      float value = row.values[i];
      float rounded = Math.fma(value, row.inverse, MAGIC);
      float number = rounded - MAGIC;
      float difference = Math.fma(number, -row.scale, value);
      row.signal[lane] = Math.fma(value, value, row.signal[lane]);
      row.noise[lane] = Math.fma(difference, difference, row.noise[lane]);
      row.squares[lane] = Math.fma(number, number, row.squares[lane]);
      row.maxError[lane] = larger(row.maxError[lane], difference);
      data[at + i] = (byte) Float.floatToRawIntBits(rounded);
    }
  }

  /** By bits, of which those of what is not finite are the largest. */
  private static float larger(float magnitude, float difference) {
    return Float.intBitsToFloat(
        Math.max(
            Float.floatToRawIntBits(magnitude), Float.floatToRawIntBits(difference) & MAGNITUDE));
  }

  private static void clear(float[]... sums) {
    for (float[] sum : sums) {
      Arrays.fill(sum, 0);
    }
  }
}
