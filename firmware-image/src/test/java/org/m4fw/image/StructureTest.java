package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.Problem;

/** Header, slot and framing: each field that lies is refused by name. */
class StructureTest {
  @TempDir static Path directory;
  private static byte[] good = new byte[0];

  @BeforeAll
  static void write() {
    good = Forge.good(directory);
  }

  @Test
  void goodImageIsAccepted() {
    Forge.verify(good);
  }

  @Test
  void foreignFileIsRejected() {
    assertEquals(ImageError.NOT_AN_IMAGE, Forge.refusal(new byte[100_000]).code());
    assertEquals(ImageError.NOT_AN_IMAGE, Forge.refusal(new byte[0]).code());
  }

  @Test
  void prefixedImageIsRejected() {
    byte[] prefixed = new byte[good.length + 1];
    System.arraycopy(good, 0, prefixed, 1, good.length);
    assertEquals(ImageError.NOT_AN_IMAGE, Forge.refusal(prefixed).code());
  }

  @Test
  void truncationAtEveryHeaderByteIsRejected() {
    for (int length = 0; length < 4096; length++) {
      Problem problem = Forge.refusal(Arrays.copyOf(good, length));
      assertEquals(length < 72 ? ImageError.NOT_AN_IMAGE : ImageError.TRUNCATED, problem.code());
    }
  }

  @Test
  void truncationAtEveryBlockIsRejected() {
    for (int length = 4096; length < good.length; length += 4096) {
      assertEquals(ImageError.TRUNCATED, Forge.refusal(Arrays.copyOf(good, length)).code());
    }
    assertEquals(ImageError.TRUNCATED, Forge.refusal(Arrays.copyOf(good, good.length - 1)).code());
  }

  @Test
  void appendedByteIsRejected() {
    Problem problem = Forge.refusal(Arrays.copyOf(good, good.length + 1));
    assertEquals(ImageError.TRAILING_BYTES, problem.code());
    assertTrue(problem.message().contains(Integer.toString(good.length)), problem.message());
  }

  @Test
  void unknownVersionIsRejected() {
    assertHeader(ImageError.UNSUPPORTED_VERSION, "", header -> header.putShort(8, (short) 2));
    assertHeader(ImageError.UNSUPPORTED_VERSION, "", header -> header.putShort(10, (short) 1));
  }

  @Test
  void wrongChecksumIsRejected() {
    byte[] forged = good.clone();
    forged[64 + 100] ^= 1;
    assertEquals(ImageError.HEADER_CHECKSUM, Forge.refusal(forged).code());
  }

  @Test
  void headerLengthOtherThan4032IsRejected() {
    assertHeader(ImageError.HEADER_FIELD, "header length", header -> header.putInt(12, 4031));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE})
  void fileSizeBeyondSignedIsRejected(long size) {
    assertHeader(ImageError.HEADER_FIELD, "file size", header -> header.putLong(16, size));
  }

  @Test
  void fileSizeThatLiesIsRejected() {
    assertHeader(ImageError.TRUNCATED, "", header -> header.putLong(16, Long.MAX_VALUE));
    assertHeader(ImageError.TRUNCATED, "", header -> header.putLong(16, good.length + 1L));
    assertHeader(ImageError.TRAILING_BYTES, "", header -> header.putLong(16, good.length - 1L));
    assertHeader(ImageError.TRAILING_BYTES, "", header -> header.putLong(16, 0));
  }

  @Test
  void envelopeElsewhereIsRejected() {
    assertHeader(ImageError.HEADER_FIELD, "envelope offset", header -> header.putLong(24, 8193));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 4096, 16385, (4 << 20) + 4096, -4096, Long.MIN_VALUE})
  void slotOutsideItsBoundsIsRejected(long slot) {
    assertHeader(ImageError.HEADER_FIELD, "envelope slot", header -> header.putLong(32, slot));
  }

  @Test
  void slotPastTheEndOfTheFileIsRejected() {
    assertHeader(ImageError.TRUNCATED, "", header -> header.putLong(32, 4 << 20));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 16385, -1, Long.MIN_VALUE})
  void envelopeLengthOutsideTheSlotIsRejected(long length) {
    assertHeader(ImageError.HEADER_FIELD, "envelope length", header -> header.putLong(40, length));
  }

  @Test
  void slotOtherThanTheManifestsIsRejected() {
    byte[] longer = good.clone();
    Arrays.fill(longer, 8192 + 16384, 8192 + 20480, (byte) ' ');
    Problem problem = Forge.refusal(Forge.withHeader(longer, header -> header.putLong(32, 20480)));
    assertEquals(ImageError.LAYOUT_FIELD, problem.code());
    assertEquals("manifest: layout.envelope_slot", problem.item());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 65535})
  void unknownKindIsRejected(int kind) {
    assertHeader(ImageError.HEADER_FIELD, "kind", header -> header.putShort(74, (short) kind));
  }

  @Test
  void kindOtherThanThePayloadTypesIsRejected() {
    assertHeader(
        ImageError.ENVELOPE_FIELD, "payloadType", header -> header.putShort(74, (short) 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {48, 56, 64, 72, 73, 76, 80, 111})
  void headerFieldOtherThanTheManifestsIsRejected(int at) {
    Problem problem =
        Forge.refusal(
            Forge.withHeader(good, header -> header.put(at, (byte) (header.get(at) ^ 1))));
    // The CRC over the header, in its local header before it, is what fails first.
    assertEquals(ImageError.FRAMING_DIFFERS, problem.code());
    assertTrue(problem.item().contains("eader"), problem.item());
  }

  @ParameterizedTest
  @ValueSource(ints = {116, 2000, 4031})
  void reservedHeaderByteThatIsNotZeroIsRejected(int at) {
    byte[] forged = good.clone();
    forged[64 + at] = 1;
    Problem problem = Forge.refusal(forged);
    assertEquals(ImageError.FRAMING_DIFFERS, problem.code());
    assertEquals("header", problem.item());
  }

  @Test
  void slotPaddingOtherThanSpacesIsRejected() {
    byte[] forged = good.clone();
    forged[8192 + 16383] = '\n';
    assertEquals(ImageError.SLOT_PADDING, Forge.refusal(forged).code());
  }

  @Test
  void localHeaderThatDiffersIsRejected() {
    Section section = Forge.sections(good).getFirst();
    for (int back = 1; back < 2000; back += 7) {
      byte[] forged = good.clone();
      forged[(int) section.offset() - back] ^= 1;
      Problem problem = Forge.refusal(forged);
      assertEquals(ImageError.FRAMING_DIFFERS, problem.code());
      assertEquals("local header of sec/weights/model.onnx.data", problem.item());
    }
  }

  @Test
  void everyByteOfTheDirectoryIsCompared() {
    LayoutHints layout = Forge.structure(good).manifest().layout();
    for (int at = (int) layout.centralDirectoryOffset(); at < good.length; at++) {
      byte[] forged = good.clone();
      forged[at] ^= 0x10;
      Problem problem = Forge.refusal(forged);
      assertEquals(ImageError.FRAMING_DIFFERS, problem.code());
      assertTrue(problem.item().endsWith("central directory"), problem.item());
    }
  }

  /** The comment of one end record would hold another one. */
  @Test
  void secondEndOfDirectoryIsRejected() {
    byte[] forged = Arrays.copyOf(good, good.length + 22);
    System.arraycopy(good, good.length - 22, forged, good.length, 22);
    ByteBuffer.wrap(forged).order(ByteOrder.LITTLE_ENDIAN).putShort(good.length - 2, (short) 22);
    assertEquals(ImageError.TRAILING_BYTES, Forge.refusal(forged).code());
    byte[] longer = Forge.withHeader(forged, header -> header.putLong(16, forged.length));
    assertEquals(ImageError.LAYOUT_FIELD, Forge.refusal(longer).code());
  }

  private static void assertHeader(ImageError expected, String item, Consumer<ByteBuffer> edit) {
    Problem problem = Forge.refusal(Forge.withHeader(good, edit));
    assertEquals(expected, problem.code());
    assertTrue(problem.item().contains(item), problem.item());
  }
}
