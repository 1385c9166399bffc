package org.m4fw.graph.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import org.m4fw.graph.ir.ActivationPlan.Stored;
import org.m4fw.graph.tflite.LiteModel.Quantization;

/** Constants as whole numbers, by TensorFlow Lite's 8-bit quantization specification. */
final class WholeConstants {
  /** Of kernels: −128 is left out, so that products cannot overflow where two are added. */
  private static final int LARGEST_WEIGHT = 127;

  private WholeConstants() {}

  /** One scale and zero point for a whole tensor. */
  static Quantization.Affine affine(Stored stored) {
    return new Quantization.Affine(List.of(stored.scale()), List.of((long) stored.zeroPoint()), 0);
  }

  /** One scale for each index of an axis, without zero points. */
  static Quantization.Affine perChannel(List<Float> scales, int axis) {
    return new Quantization.Affine(scales, Collections.nCopies(scales.size(), 0L), axis);
  }

  /** The smallest range that holds these numbers, and zero. */
  static Stored range(float[] numbers) {
    double min = 0;
    double max = 0;
    for (float number : numbers) {
      min = Math.min(min, number);
      max = Math.max(max, number);
    }
    float scale = (float) ((max - min) / 255);
    if (scale < Float.MIN_NORMAL) {
      return new Stored(8, 1, 0);
    }
    return new Stored(8, scale, Math.clamp(Math.round(-128 - min / scale), -128, 127));
  }

  /** Rounded to the nearest, ties to even, and clamped. */
  static byte[] quantized(float[] numbers, Stored stored) {
    byte[] bytes = new byte[numbers.length];
    for (int i = 0; i < bytes.length; i++) {
      double steps = Math.rint(numbers[i] / stored.scale()) + stored.zeroPoint();
      bytes[i] = (byte) Math.clamp(steps, -128.0, 127.0);
    }
    return bytes;
  }

  /**
   * A kernel with a scale for each channel.
   *
   * @param channels how many there are
   * @param innermost whether their axis is the last, else it is the first
   * @param scales take that of each channel
   */
  static byte[] kernel(float[] numbers, int channels, boolean innermost, List<Float> scales) {
    int each = numbers.length / channels;
    byte[] bytes = new byte[numbers.length];
    for (int channel = 0; channel < channels; channel++) {
      int start = innermost ? channel : channel * each;
      int step = innermost ? channels : 1;
      float largest = 0;
      for (int i = 0; i < each; i++) {
        largest = Math.max(largest, Math.abs(numbers[start + i * step]));
      }
      float scale = largest / LARGEST_WEIGHT;
      scale = scale < Float.MIN_NORMAL ? 1 : scale;
      scales.add(scale);
      for (int i = 0; i < each; i++) {
        double whole = Math.rint(numbers[start + i * step] / (double) scale);
        bytes[start + i * step] =
            (byte) Math.clamp(whole, -LARGEST_WEIGHT, (double) LARGEST_WEIGHT);
      }
    }
    return bytes;
  }

  /** Numbers of 32 bits in steps of the products that they are added to, one scale each. */
  static byte[] bias(float[] numbers, float inputScale, List<Float> scales) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < numbers.length; i++) {
      double step = (double) inputScale * scales.get(scales.size() == 1 ? 0 : i);
      bytes.putInt((int) Math.clamp(Math.rint(numbers[i] / step), -0x1p31, 0x1p31 - 1));
    }
    return bytes.array();
  }
}
