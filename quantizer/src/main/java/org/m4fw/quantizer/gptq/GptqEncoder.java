package org.m4fw.quantizer.gptq;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.quantizer.kernel.Quality;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.Rows;

/** Brings rows that a {@link RowSolver} rounded into canonical bytes. */
final class GptqEncoder implements RowEncoder {
  private final Grid grid;
  private final RowSolver solver;
  private final int width;
  private final float[] values;

  GptqEncoder(Curvature curvature, Grid grid) {
    this.grid = grid;
    this.solver = new RowSolver(curvature, grid);
    this.width = curvature.width();
    this.values = new float[RowSolver.ROWS * width];
  }

  @Override
  public Outcome encode(Rows rows) {
    int blocks = grid.blocks(width);
    ByteBuffer data = buffer(rows.count() * bytesPerRow());
    ByteBuffer scales = buffer(rows.count() * blocks * Short.BYTES);
    Quality quality = Quality.NONE;
    for (int first = 0; first < rows.count(); first += RowSolver.ROWS) {
      int count = Math.min(RowSolver.ROWS, rows.count() - first);
      long start = rows.index(first, 0);
      TensorFloats.read(rows.tensor(), start, values, 0, count * width);
      for (int i = 0; i < count * width; i++) {
        if (!Float.isFinite(values[i])) {
          return new Outcome.NotFinite(start + i, values[i]);
        }
      }
      if (!solver.solve(values, count)) {
        return overflow(start, count);
      }
      for (int row = 0; row < count; row++) {
        pack(row, data);
        for (int block = 0; block < blocks; block++) {
          scales.putShort(Float.floatToFloat16(solver.scales[row * blocks + block]));
        }
        quality = quality.plus(quality(row));
      }
    }
    return new Outcome.Encoded(data.flip(), scales.flip(), quality);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private boolean nibbles() {
    return grid.greatest() == 7;
  }

  private int bytesPerRow() {
    return nibbles() ? grid.blocks(width) * grid.block() / 2 : width;
  }

  private void pack(int row, ByteBuffer data) {
    int offset = row * width;
    if (!nibbles()) {
      for (int i = 0; i < width; i++) {
        data.put((byte) solver.integers[offset + i]);
      }
      return;
    }
    byte[] packed = new byte[bytesPerRow()];
    Arrays.fill(packed, (byte) 0x88);
    for (int i = 0; i < width; i++) {
      // Stored as q + 8; 8 is there already, and two's complement turns one into the other.
      packed[i / 2] ^= (byte) (((int) solver.integers[offset + i] & 15) << (4 * (i & 1)));
    }
    data.put(packed);
  }

  private Quality quality(int row) {
    double signal = 0;
    double noise = 0;
    double rebuilt = 0;
    double maxError = 0;
    int blocks = grid.blocks(width);
    for (int i = 0; i < width; i++) {
      float value = values[row * width + i];
      float stored =
          solver.integers[row * width + i] * solver.scales[row * blocks + i / grid.block()];
      double difference = (double) value - stored;
      signal += (double) value * value;
      noise += difference * difference;
      rebuilt += (double) stored * stored;
      maxError = Math.max(maxError, Math.abs(difference));
    }
    return new Quality(signal, noise, rebuilt, maxError);
  }

  private Outcome overflow(long start, int count) {
    int worst = 0;
    for (int i = 1; i < count * width; i++) {
      if (Math.abs(values[i]) > Math.abs(values[worst])) {
        worst = i;
      }
    }
    return new Outcome.ScaleOverflow(start + worst, values[worst]);
  }
}
