package org.m4fw.quantizer.kernel;

import java.nio.ByteBuffer;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;

/**
 * A method of bringing rows of a weight into the canonical bytes of an encoding. Rows do not depend
 * on each other, so that they can be encoded in pieces and by several threads; but one encoder
 * works for one thread at a time and keeps its buffers.
 */
public interface RowEncoder {

  /**
   * Encodes rows of a tensor of type F32, F16 or BF16. The buffers of the outcome are used again by
   * the next call.
   */
  Outcome encode(Rows rows);

  /** What became of some rows. */
  sealed interface Outcome {
    /**
     * Done.
     *
     * @param data the canonical bytes
     * @param scales F16, little-endian; none for plain encodings
     * @param zeroPoints packed as the encoding says; none for those without
     */
    record Encoded(ByteBuffer data, ByteBuffer scales, ByteBuffer zeroPoints, Quality quality)
        implements Outcome {
      /** Without zero points. */
      public Encoded(ByteBuffer data, ByteBuffer scales, Quality quality) {
        this(data, scales, ByteBuffer.allocate(0), quality);
      }
    }

    /** A number is NaN or infinite; the index is among the elements of the tensor. */
    record NotFinite(long index, float value) implements Outcome {}

    /** A number is beyond the largest F16, into which it should go. */
    record ValueOverflow(long index, float value) implements Outcome {}

    /** A block or row needs a scale beyond the largest F16, because of this number. */
    record ScaleOverflow(long index, float value) implements Outcome {}
  }

  /** Rounds to the nearest, with the fastest kernel of this machine. */
  static RowEncoder roundToNearest(Encoding encoding, ScaleChoice choice) {
    return roundToNearest(encoding, choice, Importance.EVEN);
  }

  /**
   * The same, with a search that weighs the errors of four-bit numbers by the input channels.
   *
   * @param importance of the columns of the rows to come
   */
  static RowEncoder roundToNearest(Encoding encoding, ScaleChoice choice, Importance importance) {
    return roundToNearest(encoding, choice, importance, Kernels::forWork);
  }

  static RowEncoder roundToNearest(
      Encoding encoding, ScaleChoice choice, Importance importance, KernelSource kernels) {
    return switch (encoding) {
      case Encoding.Plain plain -> new PlainEncoder(plain.dtype());
      case Encoding.Int8PerChannel int8 -> new Int8Encoder(kernels);
      case Encoding.Int4Blocks int4 -> new Int4Encoder(kernels, int4, choice, importance);
    };
  }

  /**
   * Scales of blocks of 64 and 128 are positive, as TensorRT, which takes only these, demands it;
   * those of blocks of 32, which it does not take, may be negative. Where there are zero points, a
   * negative scale has no use.
   */
  static ScaleSign signOf(Encoding.Int4Blocks encoding) {
    return encoding.block() == 32 && encoding.symmetry() == Symmetry.SYMMETRIC
        ? ScaleSign.FREE
        : ScaleSign.POSITIVE;
  }
}
