package org.m4fw.cli.synth;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.m4fw.base.digest.Digest;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.TensorInfo;

/**
 * The elements of one tensor. Random ones depend on the seed, the tensor's name and the place in
 * the tensor alone: bits from SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
 * number generators", 2014), as numbers of even distribution about a mean.
 */
final class Numbers {
  private static final int CHUNK = 4 << 20;
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A deviation that neither dies out nor explodes where a bias is added or a gain multiplied. */
  private static final double SMALL = 0.02;

  private final TensorInfo tensor;
  private final float mean;
  private final float reach;
  private final long start;

  private Numbers(TensorInfo tensor, long seed) {
    this.tensor = tensor;
    boolean gain = isGain(tensor);
    boolean matrix = !gain && tensor.shape().rank() > 1;
    this.mean = gain ? 1 : 0;
    // A product over n inputs keeps its size if their weights deviate by 1/√n; evenly distributed
    // numbers up to r deviate by r/√3.
    double deviation = matrix ? 1 / Math.sqrt((double) inputs(tensor)) : SMALL;
    this.reach = (float) (deviation * Math.sqrt(3));
    byte[] name = tensor.name().getBytes(StandardCharsets.UTF_8);
    this.start = mix(seed + GOLDEN) ^ MemorySegment.ofArray(Digest.of(name).bytes()).get(I64, 0);
  }

  /** Norms' gains, also those of weight norms, have one number for each channel. */
  private static boolean isGain(TensorInfo tensor) {
    String name = tensor.name();
    return name.endsWith("weight_g")
        || (tensor.shape().rank() == 1 && (name.endsWith(".weight") || name.endsWith("_alpha")));
  }

  private static long inputs(TensorInfo tensor) {
    long inputs = 1;
    for (int axis = 1; axis < tensor.shape().rank(); axis++) {
      inputs *= tensor.shape().dim(axis);
    }
    return inputs;
  }

  /** Gives all bytes in pieces, which are only valid until the next one. */
  static void write(
      TensorInfo tensor, Content.Fill fill, long seed, Consumer<MemorySegment> consumer) {
    switch (fill) {
      case Content.Fill.Random() -> new Numbers(tensor, seed).random(consumer);
      case Content.Fill.Constant(float value) -> {
        float[] values = new float[Math.toIntExact(tensor.shape().count())];
        java.util.Arrays.fill(values, value);
        consumer.accept(encoded(tensor.dtype(), values));
      }
      case Content.Fill.CausalMask() -> consumer.accept(encoded(tensor.dtype(), mask(tensor)));
      case Content.Fill.Sinusoids() -> consumer.accept(encoded(tensor.dtype(), waves(tensor)));
    }
  }

  private static float[] mask(TensorInfo tensor) {
    int side = Math.toIntExact(tensor.shape().dim(0));
    float[] mask = new float[side * side];
    for (int i = 0; i < side; i++) {
      for (int j = i + 1; j < side; j++) {
        mask[i * side + j] = Float.NEGATIVE_INFINITY;
      }
    }
    return mask;
  }

  private static float[] waves(TensorInfo tensor) {
    int positions = Math.toIntExact(tensor.shape().dim(0));
    int half = Math.toIntExact(tensor.shape().dim(1)) / 2;
    float[] waves = new float[positions * 2 * half];
    for (int i = 0; i < half; i++) {
      // StrictMath gives the same on every machine.
      double frequency = StrictMath.exp(-StrictMath.log(10_000) * i / Math.max(1, half - 1));
      for (int position = 0; position < positions; position++) {
        waves[position * 2 * half + i] = (float) StrictMath.sin(position * frequency);
        waves[position * 2 * half + half + i] = (float) StrictMath.cos(position * frequency);
      }
    }
    return waves;
  }

  private static MemorySegment encoded(DType dtype, float[] values) {
    return switch (dtype) {
      case F32 -> MemorySegment.ofArray(values);
      case F16 -> {
        short[] halves = new short[values.length];
        for (int i = 0; i < values.length; i++) {
          halves[i] = Float.floatToFloat16(values[i]);
        }
        yield MemorySegment.ofArray(halves);
      }
      default -> throw new IllegalStateException("no layout has " + dtype);
    };
  }

  private void random(Consumer<MemorySegment> consumer) {
    long bytes = tensor.byteSize();
    byte[] chunk = new byte[(int) Math.min(CHUNK, Math.ceilDiv(bytes, (long) Long.BYTES) * 8)];
    MemorySegment segment = MemorySegment.ofArray(chunk);
    for (long at = 0; at < bytes; at += chunk.length) {
      switch (tensor.dtype()) {
        case F32 -> singles(at / Long.BYTES, segment);
        case F16 -> halves(at / Long.BYTES, segment);
        default -> throw new IllegalStateException("no layout has " + tensor.dtype());
      }
      consumer.accept(segment.asSlice(0, Math.min(chunk.length, bytes - at)));
    }
  }

  private void singles(long first, MemorySegment into) {
    float scale = reach * 0x1p-31f;
    for (long i = 0; i < into.byteSize() / Long.BYTES; i++) {
      long bits = mix(start + GOLDEN * (first + i));
      long low = Float.floatToRawIntBits(mean + scale * (int) bits) & 0xffff_ffffL;
      long high = Float.floatToRawIntBits(mean + scale * (int) (bits >> 32));
      into.set(I64, i * Long.BYTES, high << 32 | low);
    }
  }

  private void halves(long first, MemorySegment into) {
    float scale = reach * 0x1p-15f;
    for (long i = 0; i < into.byteSize() / Long.BYTES; i++) {
      long bits = mix(start + GOLDEN * (first + i));
      long packed = 0;
      for (int shift = 0; shift < Long.SIZE; shift += Short.SIZE) {
        short half = Float.floatToFloat16(mean + scale * (short) (bits >> shift));
        packed |= (half & 0xffffL) << shift;
      }
      into.set(I64, i * Long.BYTES, packed);
    }
  }

  private static long mix(long state) {
    long z = state;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
