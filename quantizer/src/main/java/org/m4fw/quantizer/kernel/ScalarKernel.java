package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.BlockTile.LANES;

/** The reference: one number after the other, and what is right by definition. */
final class ScalarKernel implements Kernel {

  @Override
  public void begin(BlockTile tile) {
    for (int lane = 0; lane < LANES; lane++) {
      int first = lane * tile.block;
      int magnitude = 0;
      int greatest = Integer.MIN_VALUE;
      for (int i = 0; i < tile.block; i++) {
        float value = tile.values[first + i];
        tile.columns[i * LANES + lane] = value;
        int bits = Float.floatToRawIntBits(value);
        magnitude = Math.max(magnitude, bits & MAGNITUDE);
        greatest = Math.max(greatest, bits);
      }
      tile.magnitude[lane] = Float.intBitsToFloat(magnitude);
      // As integers, floats below zero come before all others.
      tile.sign[lane] = greatest == magnitude ? -1 : 1;
    }
  }

  @Override
  public void propose(BlockTile tile, float step) {
    for (int lane = 0; lane < LANES; lane++) {
      float divisor = tile.centre[lane] + step;
      if (divisor < SMALLEST_DIVISOR) {
        divisor = SMALLEST_DIVISOR;
      }
      tile.divisor[lane] = divisor;
      tryScale(tile, lane, tile.magnitude[lane] / divisor);
    }
  }

  /** Takes the nearest scale that there is. */
  private static void tryScale(BlockTile tile, int lane, float ideal) {
    float scale = Float.float16ToFloat(Float.floatToFloat16(ideal));
    if (scale < SMALLEST_SCALE) {
      scale = SMALLEST_SCALE;
    }
    scale = tile.magnitude[lane] <= NOTHING ? 1 : scale * tile.sign[lane];
    tile.scale[lane] = scale;
    tile.inverse[lane] = 1 / scale;
  }

  @Override
  public void fit(BlockTile tile) {
    for (int lane = 0; lane < LANES; lane++) {
      float inverse = 1 / tile.bestScale[lane];
      float products = 0;
      float squares = 0;
      for (int i = 0; i < tile.block; i++) {
        float ratio = tile.columns[i * LANES + lane] * inverse;
        float number = Float.intBitsToFloat(roundToNibble(ratio)) - MAGIC;
        products += number * ratio;
        squares += number * number;
      }
      tile.divisor[lane] = tile.bestDivisor[lane];
      tryScale(tile, lane, tile.bestScale[lane] * tile.sign[lane] * (products / squares));
    }
  }

  @Override
  public void score(BlockTile tile) {
    for (int lane = 0; lane < LANES; lane++) {
      float inverse = tile.inverse[lane];
      float sum = 0;
      for (int i = 0; i < tile.block; i++) {
        float ratio = tile.columns[i * LANES + lane] * inverse;
        float difference = ratio - (Float.intBitsToFloat(roundToNibble(ratio)) - MAGIC);
        sum += difference * difference;
      }
      float error = sum * tile.scale[lane] * tile.scale[lane];
      if (error < tile.bestError[lane]) {
        tile.bestError[lane] = error;
        tile.bestScale[lane] = tile.scale[lane];
        tile.bestDivisor[lane] = tile.divisor[lane];
      }
    }
  }

  /** The bits of MAGIC + q for the nearest q from −8 to 7. */
  private static int roundToNibble(float ratio) {
    int bits = Float.floatToRawIntBits(ratio + MAGIC);
    return Math.min(Math.max(bits, MAGIC_BITS - 8), MAGIC_BITS + 7);
  }

  @Override
  public void finish(BlockTile tile) {
    for (int lane = 0; lane < LANES; lane++) {
      float scale = tile.bestScale[lane];
      float inverse = 1 / scale;
      float signal = 0;
      float noise = 0;
      float rebuilt = 0;
      int maxError = 0;
      int word = 0;
      for (int i = 0; i < tile.block; i++) {
        float value = tile.columns[i * LANES + lane];
        int bits = roundToNibble(value * inverse);
        float stored = (Float.intBitsToFloat(bits) - MAGIC) * scale;
        float difference = value - stored;
        signal += value * value;
        noise += difference * difference;
        rebuilt += stored * stored;
        maxError = Math.max(maxError, Float.floatToRawIntBits(difference) & MAGNITUDE);
        word |= (bits - (MAGIC_BITS - 8)) << (4 * (i & 7));
        if ((i & 7) == 7) {
          tile.words[(lane * tile.block + i) >> 3] = word;
          word = 0;
        }
      }
      tile.signal[lane] = signal;
      tile.noise[lane] = noise;
      tile.rebuilt[lane] = rebuilt;
      tile.maxError[lane] = Float.intBitsToFloat(maxError);
    }
  }

  @Override
  public int magnitudeBits(RowTile row) {
    int magnitude = 0;
    for (int i = 0; i < row.length; i++) {
      magnitude = Math.max(magnitude, Float.floatToRawIntBits(row.values[i]) & MAGNITUDE);
    }
    return magnitude;
  }

  @Override
  public void finish(RowTile row) {
    float scale = row.scale;
    float inverse = row.inverse;
    for (int lane = 0; lane < LANES; lane++) {
      float signal = 0;
      float noise = 0;
      float rebuilt = 0;
      int maxError = 0;
      for (int i = lane; i < row.length; i += LANES) {
        float value = row.values[i];
        int bits = Float.floatToRawIntBits(value * inverse + MAGIC);
        bits = Math.min(Math.max(bits, MAGIC_BITS - 127), MAGIC_BITS + 127);
        float stored = (Float.intBitsToFloat(bits) - MAGIC) * scale;
        float difference = value - stored;
        signal += value * value;
        noise += difference * difference;
        rebuilt += stored * stored;
        maxError = Math.max(maxError, Float.floatToRawIntBits(difference) & MAGNITUDE);
        row.quantized[i] = (byte) (bits - MAGIC_BITS);
      }
      row.signal[lane] = signal;
      row.noise[lane] = noise;
      row.rebuilt[lane] = rebuilt;
      row.maxError[lane] = Float.intBitsToFloat(maxError);
    }
  }
}
