package org.m4fw.checkpoint.packed;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import org.m4fw.checkpoint.gguf.GgufType;

/**
 * A matrix of GGUF blocks along the columns. Source of the layouts: {@code ggml-common.h} and
 * {@code ggml-quants.c} of ggml.
 *
 * <pre>
 * Q4_0  32 columns  f16 d; 16 bytes: column i in the low nibble of byte i, 16 + i in the high one;
 *                   w = (nibble − 8) · d
 * Q8_0  32 columns  f16 d; 32 × i8; w = q · d
 * Q4_K  256         f16 d, f16 m; 8 scales and 8 minima of 6 bits in 12 bytes; 128 bytes of nibbles,
 *                   64 columns in 32 bytes; w = d · scale · nibble − m · minimum per 32 columns
 * Q6_K  256         128 bytes of low nibbles, 64 of upper pairs, 16 × i8 scales, f16 d;
 *                   w = d · scale · (q − 32) per 16 columns
 * </pre>
 *
 * @param rotaryHeads how many heads the rows belong to whose halves were interleaved for
 *     llama.cpp's rotary embedding, which is undone; 0 if none were
 */
public record GgufMatrix(GgufType type, long rows, int columns, int rotaryHeads, MemorySegment data)
    implements PackedMatrix {
  private static final ValueLayout.OfShort F16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Whether a type can be read. */
  public static boolean canRead(GgufType type) {
    return switch (type) {
      case F32, F16, BF16, Q4_0, Q8_0, Q4_K, Q6_K -> true;
      default -> false;
    };
  }

  @Override
  public Optional<Blocks> blocks() {
    return type == GgufType.Q4_0 ? Optional.of(new Blocks(32, true)) : Optional.empty();
  }

  @Override
  public void codes(long row, byte[] codes, short[] scales, byte[] zeros) {
    long at = start(row);
    for (int block = 0; block < columns / 32; block++, at += 18) {
      scales[block] = data.get(F16, at);
      zeros[block] = 8;
      for (int i = 0; i < 16; i++) {
        int pair = u8(at + 2 + i);
        codes[32 * block + i] = (byte) (pair & 15);
        codes[32 * block + 16 + i] = (byte) (pair >> 4);
      }
    }
  }

  @Override
  public void values(long row, float[] into) {
    long at = start(row);
    for (int k = 0; k < columns; k += type.blockElements(), at += type.blockBytes()) {
      switch (type) {
        case F32 -> into[k] = data.get(F32, at);
        case F16 -> into[k] = half(at);
        case BF16 -> into[k] = Float.intBitsToFloat(data.get(F16, at) << 16);
        case Q4_0 -> q40(at, into, k);
        case Q8_0 -> q80(at, into, k);
        case Q4_K -> q4k(at, into, k);
        case Q6_K -> q6k(at, into, k);
        default -> throw new IllegalStateException("not read: " + type);
      }
    }
  }

  /** llama.cpp puts row i of the first half of a head at 2i, and row i of the second at 2i + 1. */
  private long start(long row) {
    long stored = row;
    if (rotaryHeads > 0) {
      long width = rows / rotaryHeads;
      long within = row % width;
      long half = width / 2;
      stored = row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
    }
    return stored * (columns / type.blockElements()) * type.blockBytes();
  }

  private void q40(long at, float[] into, int k) {
    float d = half(at);
    for (int i = 0; i < 16; i++) {
      int pair = u8(at + 2 + i);
      into[k + i] = ((pair & 15) - 8) * d;
      into[k + 16 + i] = ((pair >> 4) - 8) * d;
    }
  }

  private void q80(long at, float[] into, int k) {
    float d = half(at);
    for (int i = 0; i < 32; i++) {
      into[k + i] = data.get(ValueLayout.JAVA_BYTE, at + 2 + i) * d;
    }
  }

  private void q4k(long at, float[] into, int k) {
    float d = half(at);
    float m = half(at + 2);
    for (int sub = 0; sub < 8; sub++) {
      float scale = d * scale6(at + 4, sub);
      float minimum = m * minimum6(at + 4, sub);
      for (int i = 0; i < 32; i++) {
        int pair = u8(at + 16 + 32L * (sub / 2) + i);
        into[k + 32 * sub + i] = scale * (sub % 2 == 0 ? (pair & 15) : (pair >> 4)) - minimum;
      }
    }
  }

  private int scale6(long scales, int sub) {
    return sub < 4
        ? u8(scales + sub) & 63
        : (u8(scales + 4 + sub) & 15) | (u8(scales + sub - 4) >> 6) << 4;
  }

  private int minimum6(long scales, int sub) {
    return sub < 4
        ? u8(scales + 4 + sub) & 63
        : u8(scales + 4 + sub) >> 4 | (u8(scales + sub) >> 6) << 4;
  }

  private void q6k(long at, float[] into, int k) {
    float d = half(at + 208);
    for (int i = 0; i < 256; i++) {
      int half = i / 128;
      int quarter = i % 128 / 32;
      int low = u8(at + 64L * half + i % 64);
      int high = u8(at + 128 + 32L * half + i % 32);
      int q = (quarter < 2 ? low & 15 : low >> 4) | ((high >> (2 * quarter)) & 3) << 4;
      float scale = d * data.get(ValueLayout.JAVA_BYTE, at + 192 + i / 16);
      into[k + i] = scale * (q - 32);
    }
  }

  private float half(long at) {
    return Float.float16ToFloat(data.get(F16, at));
  }

  private int u8(long at) {
    return data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }
}
