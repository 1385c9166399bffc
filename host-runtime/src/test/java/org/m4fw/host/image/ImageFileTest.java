package org.m4fw.host.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.host.Fixtures.assertRefused;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.host.Fixtures;

/** Decoded images are those of Pillow; what cannot be decoded safely is refused. */
final class ImageFileTest {
  static float[] numbers(byte[] pixels) {
    float[] numbers = new float[pixels.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = pixels[i] & 0xFF;
    }
    return numbers;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.png",
        "grey.png",
        "palette.png",
        "black-and-white.png",
        "transparent.png",
        "grey-transparent.png",
        "deep.png",
        "portrait.png",
        "photo.bmp",
        "palette.bmp",
        "photo.jpg",
        "full-colour.jpg",
        "progressive.jpg",
        "grey.jpg",
      })
  void pixelsAreThoseOfPillow(String file) {
    RgbImage image = ImageFile.read(Fixtures.path("image").resolve(file));
    float[] expected = Fixtures.numbers("image/expected.safetensors", file);
    assertEquals(0, Fixtures.difference(expected, numbers(image.pixels())));
  }

  @Test
  void imageForPrintingIsRefused() {
    assertRefused(ImageError.UNSUPPORTED, () -> parse(Fixtures.bytes("image/print.jpg")));
  }

  @Test
  void otherFormatIsRefused() {
    assertRefused(
        ImageError.UNKNOWN_FORMAT, () -> parse(new byte[] {'G', 'I', 'F', '8', '9', 'a'}));
    assertRefused(ImageError.UNKNOWN_FORMAT, () -> parse(new byte[0]));
  }

  @Test
  void missingFileIsRefused() {
    assertRefused(FileError.NOT_FOUND, () -> ImageFile.read(Fixtures.path("image/none.png")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb.png", "photo.jpg", "progressive.jpg", "photo.bmp"})
  void fileThatIsCutShortIsRefused(String file) {
    byte[] bytes = Fixtures.bytes("image/" + file);
    assertRefused(ImageError.DAMAGED, () -> parse(Arrays.copyOf(bytes, bytes.length * 2 / 3)));
  }

  @Test
  void hugeSizeIsRefusedBeforeDecoding() {
    assertRefused(ImageError.TOO_LARGE, () -> parse(resized(100_000, 100_000)));
    assertRefused(ImageError.TOO_LARGE, () -> parse(resized(Integer.MAX_VALUE, 1)));
  }

  @Test
  void imageWithTooManyBytesPerPixelIsRefusedBeforeDecoding() {
    byte[] deep = Fixtures.bytes("image/deep.png");
    assertRefused(ImageError.TOO_LARGE, () -> parse(resized(deep, 8192, 6144)));
  }

  @Test
  void jpegWithTooManyScansIsRefused() {
    byte[] bytes = Fixtures.bytes("image/progressive.jpg");
    ByteBuffer many = ByteBuffer.allocate(bytes.length + 2 * 200);
    many.put(bytes, 0, bytes.length - 2);
    for (int i = 0; i < 200; i++) {
      many.put((byte) 0xFF).put((byte) 0xDA);
    }
    many.put(bytes, bytes.length - 2, 2);
    assertRefused(ImageError.TOO_LARGE, () -> parse(many.array()));
  }

  @Test
  void damagedChunksAreRefused() {
    byte[] rgb = Fixtures.bytes("image/rgb.png");
    assertRefused(ImageError.DAMAGED, () -> parse(changed(rgb, 29)));
    assertRefused(ImageError.DAMAGED, () -> parse(changed(rgb, 33)));
    assertRefused(ImageError.DAMAGED, () -> parse(withChunk("IHDR", new byte[13])));
  }

  @Test
  void unknownChunkThatIsNeededIsRefused() {
    assertRefused(ImageError.UNSUPPORTED, () -> parse(withChunk("CgBI", new byte[4])));
  }

  @Test
  void textIsNotUnpacked() {
    RgbImage image = parse(withChunk("zTXt", new byte[] {'a', 0, 0, 'n', 'o', ' ', 'z'}));
    float[] expected = Fixtures.numbers("image/expected.safetensors", "palette.png");
    assertEquals(0, Fixtures.difference(expected, numbers(image.pixels())));
  }

  private static byte[] changed(byte[] bytes, int at) {
    byte[] changed = bytes.clone();
    changed[at] ^= 0x40;
    return changed;
  }

  /** The palette image with a chunk more after its header. */
  private static byte[] withChunk(String name, byte[] content) {
    byte[] png = Fixtures.bytes("image/palette.png");
    ByteBuffer bytes = ByteBuffer.allocate(png.length + 12 + content.length);
    bytes.put(png, 0, 33).putInt(content.length);
    bytes.put(name.getBytes(StandardCharsets.US_ASCII)).put(content);
    CRC32 checksum = new CRC32();
    checksum.update(bytes.array(), 37, 4 + content.length);
    return bytes.putInt((int) checksum.getValue()).put(png, 33, png.length - 33).array();
  }

  @Test
  void imageWithinABitmapIsRefused() {
    byte[] bitmap = Fixtures.bytes("image/photo.bmp");
    bitmap[30] = 4;
    assertRefused(ImageError.UNSUPPORTED, () -> parse(bitmap));
    assertRefused(ImageError.DAMAGED, () -> parse(Arrays.copyOf(bitmap, 20)));
  }

  /** Whatever happens to a file, it is decoded or refused. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb.png",
        "palette.png",
        "deep.png",
        "photo.jpg",
        "progressive.jpg",
        "palette.bmp"
      })
  void changedBytesAreDecodedOrRefused(String file) {
    byte[] bytes = Fixtures.bytes("image/" + file);
    int refused = 0;
    for (int at = 0; at < Math.min(bytes.length, 400); at++) {
      byte[] changed = bytes.clone();
      changed[at] ^= (byte) (1 << at % 8);
      try {
        parse(changed);
      } catch (ProblemException e) {
        assertTrue(e.problem().code() instanceof ImageError, e::getMessage);
        refused++;
      }
    }
    assertTrue(refused > 0);
  }

  @Test
  void readingItsOwnPngGivesTheSamePixels() {
    RgbImage image = ImageFile.read(Fixtures.path("image/rgb.png"));
    RgbImage again = parse(DecodedImage.png(image));
    assertEquals(0, Arrays.compare(image.pixels(), again.pixels()));
  }

  private static RgbImage parse(byte[] bytes) {
    return ImageFile.parse("test", bytes);
  }

  private static byte[] resized(int width, int height) {
    return resized(Fixtures.bytes("image/rgb.png"), width, height);
  }

  /** The file with another size in its header, and the checksum to it. */
  private static byte[] resized(byte[] png, int width, int height) {
    ByteBuffer bytes = ByteBuffer.wrap(png.clone());
    bytes.putInt(16, width).putInt(20, height);
    CRC32 checksum = new CRC32();
    checksum.update(bytes.array(), 12, 17);
    return bytes.putInt(29, (int) checksum.getValue()).array();
  }
}
