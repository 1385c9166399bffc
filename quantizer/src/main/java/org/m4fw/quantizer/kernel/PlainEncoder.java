package org.m4fw.quantizer.kernel;

import java.nio.ByteBuffer;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.TensorFloats;

/** F32, or F16 rounded to the nearest, ties to even. */
final class PlainEncoder implements RowEncoder {
  private final DType to;

  PlainEncoder(DType to) {
    if (to != DType.F32 && to != DType.F16) {
      throw new IllegalArgumentException("F32 or F16, not " + to);
    }
    this.to = to;
  }

  @Override
  public Outcome encode(Rows rows) {
    int count = Math.multiplyExact(rows.count(), rows.columns());
    float[] values = new float[count];
    TensorFloats.read(rows.tensor(), rows.index(0, 0), values, 0, count);
    ByteBuffer data = Buffers.little(Math.multiplyExact(count, to.bytes()));
    double signal = 0;
    double noise = 0;
    double rebuilt = 0;
    double maxError = 0;
    for (int i = 0; i < count; i++) {
      double value = values[i];
      if (!Double.isFinite(value)) {
        return new Outcome.NotFinite(rows.index(0, i), values[i]);
      }
      float stored = put(values[i], data);
      if (!Float.isFinite(stored)) {
        return new Outcome.ValueOverflow(rows.index(0, i), values[i]);
      }
      double difference = value - stored;
      signal += value * value;
      noise += difference * difference;
      rebuilt += (double) stored * stored;
      maxError = Math.max(maxError, Math.abs(difference));
    }
    return new Outcome.Encoded(
        data.flip(), Buffers.little(0), new Quality(signal, noise, rebuilt, maxError));
  }

  /** Writes a number and says what became of it. */
  private float put(float value, ByteBuffer data) {
    if (to == DType.F32) {
      data.putFloat(value);
      return value;
    }
    short half = Float.floatToFloat16(value);
    data.putShort(half);
    return Float.float16ToFloat(half);
  }
}
