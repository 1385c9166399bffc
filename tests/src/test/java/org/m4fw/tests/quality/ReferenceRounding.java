package org.m4fw.tests.quality;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.quantizer.Rounding;
import org.m4fw.quantizer.kernel.Quality;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.Rows;

/**
 * How llama.cpp rounds to Q4_0 (quantize_row_q4_0_ref), as a reference to measure against: the
 * scale is the number with the largest magnitude divided by −8, without a search.
 */
record ReferenceRounding() implements Rounding {
  private static final int BLOCK = 32;

  @Override
  public String key() {
    return "llama.cpp-q4_0";
  }

  @Override
  public RowEncoder encoder(Encoding encoding) {
    if (!encoding.equals(new Encoding.Int4Blocks(BLOCK))) {
      throw new IllegalArgumentException("Q4_0 has blocks of 32, not " + encoding.id());
    }
    return ReferenceRounding::encode;
  }

  private static RowEncoder.Outcome encode(Rows rows) {
    int blocks = Math.ceilDiv(rows.columns(), BLOCK);
    ByteBuffer data = ByteBuffer.allocate(rows.count() * blocks * BLOCK / 2);
    ByteBuffer scales =
        ByteBuffer.allocate(rows.count() * blocks * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[BLOCK];
    for (int row = 0; row < rows.count(); row++) {
      for (int first = 0; first < rows.columns(); first += BLOCK) {
        Arrays.fill(values, 0);
        int length = Math.min(BLOCK, rows.columns() - first);
        TensorFloats.read(rows.tensor(), rows.index(row, first), values, 0, length);
        block(values, data, scales);
      }
    }
    return new RowEncoder.Outcome.Encoded(data.flip(), scales.flip(), Quality.NONE);
  }

  private static void block(float[] values, ByteBuffer data, ByteBuffer scales) {
    float largest = 0;
    for (float value : values) {
      if (Math.abs(value) > Math.abs(largest)) {
        largest = value;
      }
    }
    float scale = largest / -8;
    float inverse = scale == 0 ? 0 : 1 / scale;
    scales.putShort(Float.floatToFloat16(scale));
    for (int i = 0; i < BLOCK; i += 2) {
      data.put((byte) (nibble(values[i], inverse) | nibble(values[i + 1], inverse) << 4));
    }
  }

  private static int nibble(float value, float inverse) {
    return Math.min(15, (byte) (value * inverse + 8.5f));
  }
}
