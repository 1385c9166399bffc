package org.m4fw.quantizer.kernel;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Encoding;

/**
 * Eight bits per output channel: the scale is the largest magnitude of the row divided by 127,
 * rounded to F16; the next larger F16 where that, being a subnormal, would clamp. x/scale is
 * rounded to the nearest integer, ties to even.
 *
 * <p>There is no search for a scale: with 255 steps, neither clamping nor a lucky rounding lowers
 * the error of a row by a measurable amount.
 */
final class Int8Encoder implements RowEncoder {
  private static final Encoding INT8 = new Encoding.Int8PerChannel();

  private final KernelSource kernels;
  private @Nullable RowTile tile;
  private byte[] data = new byte[0];

  Int8Encoder(KernelSource kernels) {
    this.kernels = kernels;
  }

  @Override
  public Outcome encode(Rows rows) {
    RowTile row = tileFor(rows.tensor().dtype(), rows.columns());
    int size = Math.multiplyExact(rows.count(), rows.columns());
    // The padding of a row is written, too, before the next row.
    int padded = size + row.length - row.columns;
    if (data.length < padded) {
      data = new byte[padded];
    }
    ByteBuffer scales = Buffers.little(Math.multiplyExact(rows.count(), Short.BYTES));
    Kernel kernel =
        kernels.forWork(size, new KernelUse(row.dtype, INT8, ScaleChoice.ABSMAX, false));
    SumOfLanes quality = new SumOfLanes();
    for (int r = 0; r < rows.count(); r++) {
      row.take(rows, r);
      float magnitude = Float.intBitsToFloat(kernel.magnitudeBits(row));
      short scale = scale(magnitude);
      row.scale = Float.float16ToFloat(scale);
      if (!Float.isFinite(row.scale)) {
        return refuse(rows, r, row, magnitude);
      }
      row.inverse = 1 / row.scale;
      kernel.pack(row, data, r * rows.columns());
      scales.putShort(scale);
      quality.add(row);
    }
    return new Outcome.Encoded(
        ByteBuffer.wrap(data, 0, size).slice(), scales.flip(), quality.quality());
  }

  private RowTile tileFor(DType dtype, int columns) {
    RowTile current = tile;
    if (current == null || current.columns != columns || current.dtype != dtype) {
      current = new RowTile(dtype, columns);
      tile = current;
    }
    return current;
  }

  private static short scale(float magnitude) {
    if (magnitude <= Kernel.NOTHING) {
      return Float.floatToFloat16(1);
    }
    short scale = Float.floatToFloat16(magnitude / 127);
    // The bits of positive F16 numbers are in the order of the numbers. What is just below 127.5
    // may
    // come to lie above it by the rounding of 1/scale.
    return magnitude > 127.49f * Float.float16ToFloat(scale) ? (short) (scale + 1) : scale;
  }

  private static Outcome refuse(Rows rows, int r, RowTile row, float magnitude) {
    boolean finite = Float.isFinite(magnitude);
    row.stored.ifPresent(brains -> brains.widen(row.values));
    for (int i = 0; i < rows.columns(); i++) {
      float value = row.values[i];
      if (finite ? Math.abs(value) == magnitude : !Float.isFinite(value)) {
        return finite
            ? new Outcome.ScaleOverflow(rows.index(r, i), value)
            : new Outcome.NotFinite(rows.index(r, i), value);
      }
    }
    throw new IllegalStateException("the magnitude of a row is that of one of its elements");
  }
}
