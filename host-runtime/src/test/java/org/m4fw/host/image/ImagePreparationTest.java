package org.m4fw.host.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.host.Fixtures.assertRefused;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.Fixtures;
import org.m4fw.host.FloatTensor;

/**
 * Scaling and cutting is that of torchvision on Pillow, to the bit; images out are those of
 * diffusers.
 */
final class ImagePreparationTest {
  private static final String EXPECTED = "image/expected.safetensors";

  @ParameterizedTest
  @CsvSource({
    "rgb.png, 16", "rgb.png, 24", "rgb.png, 47", "rgb.png, 80",
    "portrait.png, 16", "portrait.png, 24", "portrait.png, 47", "portrait.png, 80",
    "strip.png, 8",
  })
  void middleIsThatOfTorchvision(String file, int size) {
    RgbImage image = ImageFile.read(Fixtures.path("image").resolve(file));
    RgbImage middle = ImagePreparation.middleOf(image, size, size);
    float[] expected = Fixtures.numbers(EXPECTED, file + "." + size);
    assertEquals(0, Fixtures.difference(expected, ImageFileTest.numbers(middle.pixels())));
  }

  @ParameterizedTest
  @CsvSource({"rgb.png", "portrait.png"})
  void inputIsThatOfImageBind(String file) {
    RgbImage image = ImageFile.read(Fixtures.path("image").resolve(file));
    FloatTensor input = ImagePreparation.prepare(image, 24, 24);
    assertEquals(Shape.of(1, 3, 24, 24), input.shape());
    float[] expected = Fixtures.numbers(EXPECTED, file + ".24.normalized");
    assertTrue(Fixtures.difference(expected, input.values()) <= 1e-6);
  }

  @Test
  void longestStripIsPreparedWithinMemory() {
    byte[] pixels = new byte[3 * 1_000_000];
    FloatTensor input = ImagePreparation.prepare(new RgbImage(1, 1_000_000, pixels), 224, 224);
    assertEquals(Shape.of(1, 3, 224, 224), input.shape());
  }

  @Test
  void pixelsOutOfADecoderAreThoseOfDiffusers() {
    FloatTensor decoded =
        new FloatTensor(
            Shape.of(1, 3, 5, 4), Fixtures.numbers("image/decoded.safetensors", "decoded"));
    RgbImage image = DecodedImage.of("test", decoded);
    assertEquals(4, image.width());
    float[] expected = Fixtures.numbers("image/decoded.safetensors", "pixels");
    assertEquals(0, Fixtures.difference(expected, ImageFileTest.numbers(image.pixels())));
  }

  @Test
  void whatIsNoImageIsNotWritten() {
    FloatTensor grey = new FloatTensor(Shape.of(1, 1, 2, 2), new float[4]);
    assertRefused(ImageError.NOT_AN_IMAGE, () -> DecodedImage.of("test", grey));
  }

  @Test
  void pngHasNothingButThePixels(@TempDir Path directory) {
    RgbImage image = ImageFile.read(Fixtures.path("image/rgb.png"));
    DecodedImage.write(image, directory.resolve("out.png"));
    RgbImage written = ImageFile.read(directory.resolve("out.png"));
    assertArrayEquals(image.pixels(), written.pixels());
    String text = new String(DecodedImage.png(image), java.nio.charset.StandardCharsets.ISO_8859_1);
    assertTrue(!text.contains("tIME") && !text.contains("tEXt") && !text.contains("pHYs"));
  }
}
