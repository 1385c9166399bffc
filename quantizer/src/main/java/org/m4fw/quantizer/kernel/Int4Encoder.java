package org.m4fw.quantizer.kernel;

import static org.m4fw.quantizer.kernel.BlockTile.LANES;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Four bits in blocks: a scale is tried by rounding x/scale to the nearest integer, ties to even,
 * clamped to −8…7. The scale is rounded to F16 before it is tried.
 *
 * <p>With {@link ScaleChoice#SEARCH} the magnitude of the block is divided by 8, 7, 9 and 6, then
 * by the best of these ± 0.5, by the best so far ± 0.25 and again ± 0.125; last comes the scale
 * that fits the integers of the best one by least squares. The scale with the lowest squared error
 * wins, the first of equals. Trying 37 divisors from 5.5 to 10 with both signs instead changes the
 * error by a tenth of a percent. As the divisors from 6 to 8 are among those tried, numbers that
 * were quantized before keep their values.
 */
final class Int4Encoder implements RowEncoder {
  /** Relative to 8, the smallest scale that clamps nothing. */
  private static final float[] COARSE = {0, -1, 1, -2};

  private static final float[] FINE = {0.5f, 0.25f, 0.125f};

  private final KernelSource kernels;
  private final ScaleChoice choice;
  private final ScaleSign sign;
  private final BlockTile tile;

  Int4Encoder(KernelSource kernels, int block, ScaleChoice choice, ScaleSign sign) {
    this.kernels = kernels;
    this.choice = choice;
    this.sign = sign;
    this.tile = new BlockTile(block);
  }

  @Override
  public Outcome encode(Rows rows) {
    BlockReader reader = new BlockReader(rows, tile.block);
    int blocks = reader.count();
    ByteBuffer data = Buffers.little(Math.multiplyExact(blocks, tile.block / 2));
    ByteBuffer scales = Buffers.little(Math.multiplyExact(blocks, Short.BYTES));
    Kernel kernel = kernels.forWork((long) rows.count() * rows.columns());
    SumOfLanes quality = new SumOfLanes();
    for (int first = 0; first < blocks; first += LANES) {
      int used = Math.min(LANES, blocks - first);
      reader.read(first, used, tile.values);
      kernel.begin(tile);
      chooseScales(kernel);
      for (int lane = 0; lane < used; lane++) {
        if (tile.bestError[lane] == Float.POSITIVE_INFINITY) {
          return refuse(reader, first + lane, lane);
        }
        scales.putShort(Float.floatToFloat16(tile.bestScale[lane]));
      }
      kernel.finish(tile);
      data.asIntBuffer().put(tile.words, 0, used * tile.block / 8);
      data.position(data.position() + used * tile.block / 2);
      quality.add(tile.signal, tile.noise, tile.rebuilt, tile.maxError);
    }
    return new Outcome.Encoded(data.flip(), scales.flip(), quality.quality());
  }

  /** The error stays infinite where no scale will do. */
  private void chooseScales(Kernel kernel) {
    if (sign == ScaleSign.POSITIVE) {
      Arrays.fill(tile.sign, 1);
    }
    Arrays.fill(tile.bestError, Float.POSITIVE_INFINITY);
    Arrays.fill(tile.centre, 8);
    switch (choice) {
      case ABSMAX -> tryStep(kernel, sign == ScaleSign.POSITIVE ? -1 : 0);
      case SEARCH -> {
        for (float step : COARSE) {
          tryStep(kernel, step);
        }
        for (float step : FINE) {
          System.arraycopy(tile.bestDivisor, 0, tile.centre, 0, LANES);
          tryStep(kernel, step);
          tryStep(kernel, -step);
        }
        kernel.fit(tile);
        kernel.score(tile);
      }
    }
  }

  private void tryStep(Kernel kernel, float step) {
    kernel.propose(tile, step);
    kernel.score(tile);
  }

  private Outcome refuse(BlockReader reader, int blockIndex, int lane) {
    int worst = 0;
    for (int i = tile.block - 1; i >= 0; i--) {
      float value = tile.values[lane * tile.block + i];
      if (!Float.isFinite(value)) {
        worst = i;
      }
    }
    float value = tile.values[lane * tile.block + worst];
    if (!Float.isFinite(value)) {
      return new Outcome.NotFinite(reader.index(blockIndex, worst), value);
    }
    for (int i = tile.block - 1; i >= 0; i--) {
      if (Math.abs(tile.values[lane * tile.block + i]) == tile.magnitude[lane]) {
        worst = i;
      }
    }
    return new Outcome.ScaleOverflow(
        reader.index(blockIndex, worst), tile.values[lane * tile.block + worst]);
  }
}
