package org.m4fw.quantizer.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;

/** Tensors in memory, and what is in encoded bytes. */
public final class Samples {
  private Samples() {}

  /** Numbers as a trained layer has them. */
  public static float[] normal(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * 0.02f;
    }
    return values;
  }

  /** Any bits at all, mostly harmless. */
  static float[] hostile(int count, Random random) {
    float[] values = new float[count];
    float size = (float) Math.exp(random.nextDouble(-25, 14));
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (random.nextInt(24)) {
            case 0 -> 0;
            case 1 -> -0.0f;
            case 2 -> Float.intBitsToFloat(random.nextInt(1 << 23));
            case 3 -> size;
            case 4 -> -size;
            case 5 -> size * random.nextInt(-8, 9) / 8;
            case 6 -> Math.scalb(random.nextFloat(), random.nextInt(-40, 0));
            default -> (float) random.nextGaussian() * size / 4;
          };
    }
    if (random.nextInt(8) == 0) {
      int from = random.nextInt(count);
      java.util.Arrays.fill(values, from, Math.min(count, from + 150), 0);
    }
    if (random.nextInt(20) == 0) {
      values[random.nextInt(count)] = Float.intBitsToFloat(random.nextInt());
    }
    if (random.nextInt(20) == 0) {
      float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE};
      values[random.nextInt(count)] = bad[random.nextInt(bad.length)];
    }
    return values;
  }

  /** A tensor of type F32, F16 or BF16; what the type cannot hold is rounded. */
  public static Tensor tensor(DType dtype, Shape shape, float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      switch (dtype) {
        case F32 -> bytes.putFloat(value);
        case F16 -> bytes.putShort(Float.floatToFloat16(value));
        case BF16 -> bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        default -> throw new IllegalArgumentException(dtype.name());
      }
    }
    MemorySegment data = MemorySegment.ofBuffer(bytes.flip());
    return new Tensor(
        "weight", dtype, shape, new Extent(Path.of("model.safetensors"), 0, data.byteSize()), data);
  }

  public static Tensor matrix(float[] values, int columns) {
    return tensor(DType.F32, Shape.of(values.length / columns, columns), values);
  }

  static Rows rows(Tensor tensor) {
    return new Rows(
        tensor, Math.toIntExact(tensor.shape().dim(1)), 0, Math.toIntExact(tensor.shape().dim(0)));
  }

  /** The numbers that canonical bytes without zero points stand for. */
  public static float[] decode(Encoding encoding, Shape shape, ByteBuffer data, ByteBuffer scales) {
    return decode(encoding, shape, data, scales, ByteBuffer.allocate(0));
  }

  /** The numbers that canonical bytes stand for, as the encoding defines them. */
  public static float[] decode(
      Encoding encoding, Shape shape, ByteBuffer data, ByteBuffer scales, ByteBuffer zeroPoints) {
    int rows = Math.toIntExact(shape.dim(0));
    int columns = Math.toIntExact(shape.dim(1));
    ByteBuffer halves = scales.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      int row = i / columns;
      int column = i % columns;
      values[i] =
          switch (encoding) {
            case Encoding.Int8PerChannel int8 -> data.get(i) * half(halves, row);
            case Encoding.Int4Blocks int4 -> {
              int block = int4.block();
              int index = row * Math.ceilDiv(columns, block) + column / block;
              int packed = data.get(index * (block / 2) + column % block / 2);
              int nibble = column % 2 == 0 ? packed & 15 : packed >> 4 & 15;
              int zero = zeroPoint(int4, zeroPoints, row, columns, column / block);
              yield (nibble - zero) * half(halves, index);
            }
            case Encoding.Plain plain -> throw new IllegalArgumentException("nothing to decode");
          };
    }
    return values;
  }

  private static int zeroPoint(
      Encoding.Int4Blocks int4, ByteBuffer zeroPoints, int row, int columns, int block) {
    if (int4.symmetry() == Symmetry.SYMMETRIC) {
      return 8;
    }
    int perRow = Math.ceilDiv(Math.ceilDiv(columns, int4.block()), 2);
    int packed = zeroPoints.get(row * perRow + block / 2);
    return block % 2 == 0 ? packed & 15 : packed >> 4 & 15;
  }

  private static float half(ByteBuffer halves, int index) {
    return Float.float16ToFloat(halves.getShort(2 * index));
  }
}
