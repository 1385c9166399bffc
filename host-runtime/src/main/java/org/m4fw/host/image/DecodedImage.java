package org.m4fw.host.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.FloatTensor;

/** What an image decoder gave, as an image and as a PNG file. */
public final class DecodedImage {
  private DecodedImage() {}

  /**
   * Colours between −1 and 1 as 8 bits: clamped to x/2 + ½ between 0 and 1, times 255, rounded; as
   * diffusers' {@code VaeImageProcessor}.
   *
   * @param name what gave it, for messages
   * @param decoded F32 [1, 3, height, width]
   * @throws org.m4fw.base.problem.ProblemException with {@link ImageError#NOT_AN_IMAGE}
   */
  public static RgbImage of(String name, FloatTensor decoded) {
    Shape shape = decoded.shape();
    boolean image = shape.rank() == 4 && shape.dim(0) == 1 && shape.dim(1) == 3;
    if (!image || shape.count() == 0 || shape.count() > 3 * ImageFile.MOST_PIXELS) {
      throw ImageError.NOT_AN_IMAGE.at(name, "", shape);
    }
    int plane = Math.toIntExact(shape.dim(2) * shape.dim(3));
    byte[] pixels = new byte[3 * plane];
    for (int colour = 0; colour < 3; colour++) {
      for (int i = 0; i < plane; i++) {
        float value = Math.clamp(decoded.values()[colour * plane + i] / 2 + 0.5f, 0f, 1f);
        pixels[3 * i + colour] = (byte) Math.rint(value * 255f);
      }
    }
    return new RgbImage((int) shape.dim(3), (int) shape.dim(2), pixels);
  }

  /** A PNG file of 8-bit RGB without any further facts, so that it depends on the pixels only. */
  public static byte[] png(RgbImage image) {
    System.setProperty("java.awt.headless", "true");
    BufferedImage buffered =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    int[] row = new int[image.width()];
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < row.length; x++) {
        row[x] = rgb(image.pixels(), 3 * (y * row.length + x));
      }
      buffered.setRGB(0, y, row.length, 1, row, 0, row.length);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.setUseCache(false);
    try {
      ImageIO.write(buffered, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  /** Writes that PNG file. */
  public static void write(RgbImage image, Path file) {
    OutputFile.write(file, png(image));
  }

  private static int rgb(byte[] pixels, int at) {
    return (pixels[at] & 0xFF) << 16 | (pixels[at + 1] & 0xFF) << 8 | (pixels[at + 2] & 0xFF);
  }
}
