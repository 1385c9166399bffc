package org.m4fw.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.file.TemporaryDirectory;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;

class RelayoutTest {
  @TempDir Path directory = Path.of("");

  private static Relayout.Canonical canonical(
      Shape shape, Encoding encoding, byte[] data, short... scales) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * scales.length).order(ByteOrder.LITTLE_ENDIAN);
    for (short scale : scales) {
      bytes.putShort(scale);
    }
    return new Relayout.Canonical(
        Path.of("model.safetensors"),
        "layer.weight",
        shape,
        encoding,
        Inputs.segment(data),
        Inputs.segment(bytes.array()));
  }

  private static byte[] written(
      Path directory, Relayout.Canonical from, Layout layout, int threads) {
    Path path = directory.resolve("weight");
    try (OutputFile file = OutputFile.create(path)) {
      Relayout.write(
          OrderedWork.onThreads(threads),
          from,
          layout,
          file,
          new Places(0, from.data().byteSize(), 0));
      file.commit();
    }
    return Inputs.bytes(path);
  }

  private void assertRefused(ErrorCode code, Relayout.Canonical from, Layout layout) {
    ProblemException problem =
        assertThrows(ProblemException.class, () -> written(directory, from, layout, 1));
    assertEquals(code, problem.problem().code());
    assertEquals("layer.weight", problem.problem().item());
  }

  private static short[] ones(int count) {
    short[] ones = new short[count];
    java.util.Arrays.fill(ones, Float.floatToFloat16(1));
    return ones;
  }

  @Test
  void eightBitsGetAnOffsetOf128() {
    Relayout.Canonical from =
        canonical(
            Shape.of(2, 2), new Encoding.Int8PerChannel(), new byte[] {-127, -1, 0, 127}, ones(2));
    assertArrayEquals(
        new byte[] {1, 127, -128, -1, 0, 0x3c, 0, 0x3c},
        written(directory, from, Layout.OFFSET_BINARY, 1));
  }

  @Property(tries = 30)
  void transposedNibblesAreTheSameNumbersElsewhere(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 20) int pairs,
      @ForAll @IntRange(min = 1, max = 3) int blocks,
      @ForAll @IntRange(min = 1, max = 3) int threads) {
    int outputs = 2 * pairs;
    int inputs = 64 * blocks;
    byte[] data = new byte[outputs * inputs / 2];
    new Random(seed).nextBytes(data);
    short[] scales = new short[outputs * blocks];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (short) (i + 1);
    }
    Shape shape = Shape.of(outputs, inputs);
    byte[] bytes;
    try (TemporaryDirectory place = TemporaryDirectory.create()) {
      bytes =
          written(
              place.path(),
              canonical(shape, new Encoding.Int4Blocks(64), data, scales),
              Layout.TRANSPOSED_NIBBLES,
              threads);
    }
    for (int n = 0; n < outputs; n++) {
      for (int k = 0; k < inputs; k++) {
        int before = (data[(n * inputs + k) / 2] >> (k % 2 * 4) & 15) - 8;
        int nibble = bytes[(k * outputs + n) / 2] >> (n % 2 * 4) & 15;
        int after = nibble < 8 ? nibble : nibble - 16;
        assertEquals(before, after);
      }
      for (int b = 0; b < blocks; b++) {
        int at = data.length + 2 * (b * outputs + n);
        assertEquals(n * blocks + b + 1, (bytes[at] & 255) | (bytes[at + 1] << 8));
      }
    }
  }

  @Test
  void inputsThatAreNoMultipleOfTheBlockCannotBeTransposed() {
    assertRefused(
        QuantizerError.LAYOUT_IMPOSSIBLE,
        canonical(Shape.of(2, 65), new Encoding.Int4Blocks(64), new byte[128], ones(4)),
        Layout.TRANSPOSED_NIBBLES);
  }

  @Test
  void anOddNumberOfOutputsCannotBeTransposed() {
    assertRefused(
        QuantizerError.LAYOUT_IMPOSSIBLE,
        canonical(Shape.of(3, 64), new Encoding.Int4Blocks(64), new byte[96], ones(3)),
        Layout.TRANSPOSED_NIBBLES);
  }

  @Test
  void fourBitsHaveNoOffsetBinary() {
    assertRefused(
        QuantizerError.LAYOUT_IMPOSSIBLE,
        canonical(Shape.of(2, 64), new Encoding.Int4Blocks(64), new byte[64], ones(2)),
        Layout.OFFSET_BINARY);
  }

  @Test
  void eightBitsHaveNoNibbles() {
    assertRefused(
        QuantizerError.LAYOUT_IMPOSSIBLE,
        canonical(Shape.of(2, 64), new Encoding.Int8PerChannel(), new byte[128], ones(2)),
        Layout.TRANSPOSED_NIBBLES);
  }

  @Test
  void negativeScalesCannotBeTransposed() {
    assertRefused(
        QuantizerError.SCALE_NOT_POSITIVE,
        canonical(
            Shape.of(2, 64),
            new Encoding.Int4Blocks(64),
            new byte[64],
            Float.floatToFloat16(1),
            Float.floatToFloat16(-1)),
        Layout.TRANSPOSED_NIBBLES);
  }

  @Test
  void zeroScalesCannotBeTransposed() {
    assertRefused(
        QuantizerError.SCALE_NOT_POSITIVE,
        canonical(Shape.of(2, 64), new Encoding.Int4Blocks(64), new byte[64], (short) 0, (short) 1),
        Layout.TRANSPOSED_NIBBLES);
  }
}
