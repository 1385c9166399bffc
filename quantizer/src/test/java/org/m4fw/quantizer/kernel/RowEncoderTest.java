package org.m4fw.quantizer.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.quantizer.kernel.RowEncoder.Outcome;

class RowEncoderTest {
  private static final Encoding INT8 = new Encoding.Int8PerChannel();
  private static final Encoding INT4 = new Encoding.Int4Blocks(32);

  private static Outcome outcome(Encoding encoding, Tensor tensor) {
    return RowEncoder.roundToNearest(encoding, ScaleChoice.SEARCH).encode(Samples.rows(tensor));
  }

  private static Outcome.Encoded encode(Encoding encoding, Tensor tensor) {
    return assertInstanceOf(Outcome.Encoded.class, outcome(encoding, tensor));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static float[] zerosBut(int count, int index, float value) {
    float[] values = new float[count];
    values[index] = value;
    return values;
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void numbersThatAreNotFiniteAreRefusedWithTheirIndex(float bad) {
    Tensor tensor = Samples.matrix(zerosBut(3 * 40, 77, bad), 40);
    for (Encoding encoding : new Encoding[] {INT8, INT4, new Encoding.Int4Blocks(128)}) {
      assertEquals(new Outcome.NotFinite(77, bad), outcome(encoding, tensor));
    }
    Outcome plain =
        RowEncoder.roundToNearest(new Encoding.Plain(DType.F16), ScaleChoice.SEARCH)
            .encode(new Rows(tensor, 1, 0, 120));
    assertEquals(new Outcome.NotFinite(77, bad), plain);
  }

  @Test
  void theFirstOfSeveralBadNumbersIsNamed() {
    float[] values = Samples.normal(64, 1);
    values[50] = Float.NaN;
    values[41] = Float.NEGATIVE_INFINITY;
    values[33] = 3;
    assertEquals(
        new Outcome.NotFinite(41, Float.NEGATIVE_INFINITY),
        outcome(INT4, Samples.matrix(values, 64)));
    assertEquals(
        new Outcome.NotFinite(41, Float.NEGATIVE_INFINITY),
        outcome(INT8, Samples.matrix(values, 64)));
  }

  @Test
  void scalesBeyondTheLargestHalfAreRefused() {
    Tensor int4 = Samples.matrix(zerosBut(64, 40, -9e5f), 64);
    assertEquals(new Outcome.ScaleOverflow(40, -9e5f), outcome(INT4, int4));
    Tensor int8 = Samples.matrix(zerosBut(64, 40, 9e6f), 64);
    assertEquals(new Outcome.ScaleOverflow(40, 9e6f), outcome(INT8, int8));
  }

  @Test
  void halvesBeyondTheLargestAreRefused() {
    Tensor tensor = Samples.tensor(DType.BF16, Shape.of(4, 1), new float[] {1, 2, -65536, 3});
    assertEquals(
        new Outcome.ValueOverflow(2, -65536), outcome(new Encoding.Plain(DType.F16), tensor));
  }

  @Test
  void zerosBecomeZerosWithAPositiveScale() {
    Tensor tensor = Samples.matrix(new float[64], 64);
    Outcome.Encoded int4 = encode(INT4, tensor);
    byte[] expected = new byte[32];
    Arrays.fill(expected, (byte) 0x88);
    assertArrayEquals(expected, bytes(int4.data()));
    assertEquals(1, Float.float16ToFloat(int4.scales().getShort(0)));
    Outcome.Encoded int8 = encode(INT8, tensor);
    assertArrayEquals(new byte[64], bytes(int8.data()));
    assertEquals(1, Float.float16ToFloat(int8.scales().getShort(0)));
    assertEquals(0, int8.quality().noise());
  }

  @Test
  void numbersTooSmallForAnyScaleBecomeZeros() {
    Tensor tensor = Samples.matrix(zerosBut(32, 3, 0x1p-25f), 32);
    Outcome.Encoded encoded = encode(INT4, tensor);
    assertEquals(1, Float.float16ToFloat(encoded.scales().getShort(0)));
    assertEquals((byte) 0x88, encoded.data().get(1));
    assertEquals(0x1p-50, encoded.quality().noise());
  }

  @Test
  void subnormalScalesDoNotClamp() {
    float magnitude = 127 * 1.4f * 0x1p-24f;
    Tensor tensor = Samples.matrix(zerosBut(32, 3, magnitude), 32);
    Outcome.Encoded encoded = encode(INT8, tensor);
    float scale = Float.float16ToFloat(encoded.scales().getShort(0));
    assertEquals(0x1p-23f, scale);
    assertEquals(magnitude, encoded.data().get(3) * scale, scale / 2);
  }

  @Test
  void theLastBlockOfARowIsPaddedWithZeros() {
    float[] values = new float[2 * 35];
    Arrays.fill(values, 7);
    Outcome.Encoded encoded = encode(INT4, Samples.matrix(values, 35));
    assertEquals(2 * 2 * 16, encoded.data().remaining());
    assertEquals(2 * 2 * 2, encoded.scales().remaining());
    byte[] second = Arrays.copyOfRange(bytes(encoded.data()), 16, 32);
    // Three numbers, then q = 0, which is stored as 8.
    assertEquals(second[0] & 15, second[1] & 15);
    assertEquals(8, second[1] >> 4 & 15);
    for (int i = 2; i < 16; i++) {
      assertEquals((byte) 0x88, second[i]);
    }
  }

  @Test
  void lowNibblesComeFirstAndAreOffsetByEight() {
    float[] values = new float[32];
    for (int i = 0; i < 32; i++) {
      values[i] = i % 16 - 8;
    }
    Outcome.Encoded encoded = encode(INT4, Samples.matrix(values, 32));
    assertEquals(1, Float.float16ToFloat(encoded.scales().getShort(0)));
    assertEquals((byte) 0x10, encoded.data().get(0));
    assertEquals((byte) 0xfe, encoded.data().get(7));
  }

  @Test
  void theLargestMagnitudeTakesTheSideOfMinusEightInBlocksOf32() {
    Outcome.Encoded encoded = encode(INT4, Samples.matrix(zerosBut(32, 0, 8), 32));
    assertTrue(Float.float16ToFloat(encoded.scales().getShort(0)) < 0);
    assertEquals(0, encoded.quality().noise());
  }

  @Test
  void scalesOfLargerBlocksArePositive() {
    float[] values = Samples.normal(4096, 5);
    for (int block : new int[] {64, 128}) {
      ByteBuffer scales =
          encode(new Encoding.Int4Blocks(block), Samples.matrix(values, 512)).scales();
      while (scales.hasRemaining()) {
        assertTrue(Float.float16ToFloat(scales.getShort()) > 0);
      }
    }
  }

  @Test
  void plainHalvesAreRoundedToTheNearest() {
    float[] values = {1, 1 + 0x1p-11f, 1 + 3 * 0x1p-12f, -0x1p-25f};
    Outcome.Encoded encoded =
        encode(new Encoding.Plain(DType.F16), Samples.tensor(DType.F32, Shape.of(4, 1), values));
    float[] stored = new float[4];
    for (int i = 0; i < 4; i++) {
      stored[i] = Float.float16ToFloat(encoded.data().getShort());
    }
    assertArrayEquals(new float[] {1, 1, 1 + 0x1p-10f, -0.0f}, stored);
  }

  @Test
  void wideningIsExact() {
    float[] values = Samples.normal(100, 3);
    Tensor tensor = Samples.tensor(DType.BF16, Shape.of(100, 1), values);
    Outcome.Encoded encoded = encode(new Encoding.Plain(DType.F32), tensor);
    assertEquals(0, encoded.quality().noise());
    assertEquals(1, encoded.quality().cosine());
    assertEquals(Double.POSITIVE_INFINITY, encoded.quality().sqnr());
  }
}
