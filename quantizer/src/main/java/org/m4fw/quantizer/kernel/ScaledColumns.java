package org.m4fw.quantizer.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/**
 * Encodes rows whose columns are divided by factors first. What it says of the quality is that of
 * the divided numbers.
 */
public final class ScaledColumns implements RowEncoder {
  private final RowEncoder encoder;
  private final float[] factors;
  private float[] values = new float[0];
  private MemorySegment divided = MemorySegment.NULL;

  /**
   * Around another encoder.
   *
   * @param factors by column, positive
   */
  public ScaledColumns(RowEncoder encoder, float[] factors) {
    this.encoder = encoder;
    this.factors = factors.clone();
  }

  @Override
  public Outcome encode(Rows rows) {
    int count = Math.multiplyExact(rows.count(), rows.columns());
    if (values.length < count) {
      values = new float[count];
      divided = Arena.ofAuto().allocate(4L * count, 64);
    }
    TensorFloats.read(rows.tensor(), rows.index(0, 0), values, 0, count);
    for (int at = 0; at < count; at += factors.length) {
      for (int column = 0; column < factors.length; column++) {
        values[at + column] /= factors[column];
      }
    }
    MemorySegment.copy(values, 0, divided, ValueLayout.JAVA_FLOAT, 0, count);
    Tensor tensor =
        new Tensor(
            rows.tensor().name(),
            DType.F32,
            Shape.of(rows.count(), rows.columns()),
            rows.tensor().extent(),
            divided.asSlice(0, 4L * count));
    return inTensor(encoder.encode(new Rows(tensor, rows.columns(), 0, rows.count())), rows);
  }

  /** With the index, and the number there, of the tensor itself. */
  private static Outcome inTensor(Outcome outcome, Rows rows) {
    return switch (outcome) {
      case Outcome.Encoded encoded -> encoded;
      case Outcome.NotFinite(long index, float value) ->
          new Outcome.NotFinite(rows.index(0, index), value);
      case Outcome.ValueOverflow(long index, float value) ->
          new Outcome.ValueOverflow(rows.index(0, index), value);
      case Outcome.ScaleOverflow(long index, float value) ->
          new Outcome.ScaleOverflow(rows.index(0, index), value);
    };
  }
}
