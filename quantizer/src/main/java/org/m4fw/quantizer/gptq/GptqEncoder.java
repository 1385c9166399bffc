package org.m4fw.quantizer.gptq;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.quantizer.kernel.Quality;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.Rows;

/**
 * Brings rows that a {@link RowSolver} rounded into canonical bytes; of wide rows one segment of
 * inputs after the other is rounded.
 */
final class GptqEncoder implements RowEncoder {
  private final Grid grid;
  private final List<Segment> segments;
  private final int width;
  private final float[] values;

  /** Of all segments together. */
  private final float[] integers;

  private final float[] scales;

  /** Inputs from {@code first} on, a multiple of the block. */
  private record Segment(int first, int width, RowSolver solver) {}

  GptqEncoder(List<Curvature> curvatures, Grid grid) {
    this.grid = grid;
    List<Segment> all = new ArrayList<>();
    int first = 0;
    for (Curvature curvature : curvatures) {
      all.add(new Segment(first, curvature.width(), new RowSolver(curvature, grid)));
      first += curvature.width();
    }
    this.segments = List.copyOf(all);
    this.width = first;
    this.values = new float[RowSolver.ROWS * width];
    this.integers = new float[RowSolver.ROWS * width];
    this.scales = new float[RowSolver.ROWS * grid.blocks(width)];
  }

  @Override
  public Outcome encode(Rows rows) {
    int blocks = grid.blocks(width);
    ByteBuffer data = buffer(rows.count() * bytesPerRow());
    ByteBuffer halves = buffer(rows.count() * blocks * Short.BYTES);
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
      Optional<float[]> given = givenScales(count);
      for (Segment segment : segments) {
        if (!solve(segment, count, given)) {
          return overflow(start, count);
        }
      }
      for (int row = 0; row < count; row++) {
        pack(row, data);
        for (int block = 0; block < blocks; block++) {
          halves.putShort(Float.floatToFloat16(scales[row * blocks + block]));
        }
        quality = quality.plus(quality(row));
      }
    }
    return new Outcome.Encoded(data.flip(), halves.flip(), quality);
  }

  /** Where a row has one scale, segments cannot choose it. */
  private Optional<float[]> givenScales(int count) {
    if (segments.size() == 1 || nibbles()) {
      return Optional.empty();
    }
    float[] given = new float[count];
    for (int row = 0; row < count; row++) {
      given[row] = grid.scale(values, row * width, new float[width], 0, width);
    }
    return Optional.of(given);
  }

  private boolean solve(Segment segment, int count, Optional<float[]> given) {
    float[] part = new float[count * segment.width()];
    for (int row = 0; row < count; row++) {
      System.arraycopy(
          values, row * width + segment.first(), part, row * segment.width(), segment.width());
    }
    RowSolver solver = segment.solver();
    if (!solver.solve(part, count, given)) {
      return false;
    }
    int blocks = grid.blocks(width);
    int from = segment.first() / grid.block();
    int here = grid.blocks(segment.width());
    for (int row = 0; row < count; row++) {
      System.arraycopy(
          solver.integers,
          row * segment.width(),
          integers,
          row * width + segment.first(),
          segment.width());
      System.arraycopy(solver.scales, row * here, scales, row * blocks + from, here);
    }
    return true;
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
        data.put((byte) integers[offset + i]);
      }
      return;
    }
    byte[] packed = new byte[bytesPerRow()];
    Arrays.fill(packed, (byte) 0x88);
    for (int i = 0; i < width; i++) {
      // Stored as q + 8; 8 is there already, and two's complement turns one into the other.
      packed[i / 2] ^= (byte) (((int) integers[offset + i] & 15) << (4 * (i & 1)));
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
      float stored = integers[row * width + i] * scales[row * blocks + i / grid.block()];
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
