package org.m4fw.host.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;

/**
 * Reads PNG, JPEG and BMP files, told apart by their first bytes. The colours are those that
 * Pillow's {@code Image.open(f).convert("RGB")} gives: colour profiles, gamma, orientation and
 * transparency are ignored, of 16 bits the upper 8 are taken.
 */
public final class ImageFile {
  /** The largest photograph that a phone's camera stores, 8192 × 6144. */
  public static final long MOST_PIXELS = 8192L * 6144;

  /** Limits what the decoder allocates: 16-bit images with transparency have 8 bytes a pixel. */
  public static final long MOST_DECODED_BYTES = 256L << 20;

  public static final long MOST_FILE_BYTES = 128L << 20;

  /** Usual progressive files have about ten; each one costs a pass over the whole image. */
  private static final int MOST_JPEG_SCANS = 100;

  private static final Map<String, byte[]> MAGIC =
      Map.of(
          "png", new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'},
          "jpeg", new byte[] {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF},
          "bmp", new byte[] {'B', 'M'});

  private ImageFile() {}

  /**
   * Reads a file.
   *
   * @throws ProblemException with an {@link ImageError} or a {@link org.m4fw.base.file.FileError}
   */
  public static RgbImage read(Path path) {
    return parse(path.toString(), FileBytes.read(path, MOST_FILE_BYTES));
  }

  /** As {@link #read}; {@code file} is for messages. */
  public static RgbImage parse(String file, byte[] bytes) {
    // Without this, some systems start a window session for the decoder's classes.
    System.setProperty("java.awt.headless", "true");
    String format = format(bytes).orElseThrow(() -> ImageError.UNKNOWN_FORMAT.at(file, ""));
    byte[] checked =
        switch (format) {
          case "png" -> PngChunks.needed(file, bytes);
          case "jpeg" -> JpegScans.checked(file, bytes, MOST_JPEG_SCANS);
          default -> BmpHeader.checked(file, bytes);
        };
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    try (MemoryCacheImageInputStream input =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(checked))) {
      reader.setInput(input, true, true);
      checkSize(file, reader);
      return convert(file, reader.read(0));
    } catch (IOException | RuntimeException e) {
      throw e instanceof ProblemException problem ? problem : damaged(file, e);
    } finally {
      reader.dispose();
    }
  }

  private static Optional<String> format(byte[] bytes) {
    return MAGIC.entrySet().stream()
        .filter(entry -> startsWith(bytes, entry.getValue()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static boolean startsWith(byte[] bytes, byte[] magic) {
    return bytes.length >= magic.length
        && Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
  }

  /** Before anything is decoded: a few bytes can say any size. */
  private static void checkSize(String file, ImageReader reader) throws IOException {
    long width = reader.getWidth(0);
    long height = reader.getHeight(0);
    if (width < 1 || height < 1) {
      throw ImageError.DAMAGED.at(file, "", "%d × %d pixels".formatted(width, height));
    }
    if (width > MOST_PIXELS || height > MOST_PIXELS || width * height > MOST_PIXELS) {
      throw ImageError.TOO_LARGE.at(
          file, "", "%d × %d pixels".formatted(width, height), MOST_PIXELS + " pixels");
    }
    ImageTypeSpecifier type = reader.getRawImageType(0);
    SampleModel samples =
        (type == null ? reader.getImageTypes(0).next() : type).getSampleModel(1, 1);
    long decoded = width * height * samples.getNumBands() * ((samples.getSampleSize(0) + 7) / 8);
    if (decoded > MOST_DECODED_BYTES) {
      throw ImageError.TOO_LARGE.at(
          file, "", decoded + " bytes when decoded", MOST_DECODED_BYTES + " bytes");
    }
  }

  /**
   * The samples as they are stored: {@link BufferedImage#getRGB} would correct greys by a gamma
   * curve.
   */
  private static RgbImage convert(String file, BufferedImage image) {
    Raster raster = image.getRaster();
    ColorModel model = image.getColorModel();
    int bands = raster.getNumBands();
    int space = model.getColorSpace().getType();
    boolean known = space == ColorSpace.TYPE_RGB || space == ColorSpace.TYPE_GRAY;
    if (!known || bands > 4 || bits(raster) > 16) {
      throw ImageError.UNSUPPORTED.at(
          file, "", "%d colours other than red, green and blue".formatted(bands));
    }
    int width = image.getWidth();
    byte[] pixels = new byte[3 * width * image.getHeight()];
    int[] row = new int[bands * width];
    for (int y = 0; y < image.getHeight(); y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        put(model, raster, row, x, pixels, 3 * (y * width + x));
      }
    }
    return new RgbImage(width, image.getHeight(), pixels);
  }

  private static void put(
      ColorModel model, Raster raster, int[] row, int x, byte[] pixels, int to) {
    int bands = raster.getNumBands();
    if (model instanceof IndexColorModel palette) {
      int rgb = palette.getRGB(row[bands * x]);
      pixels[to] = (byte) (rgb >> 16);
      pixels[to + 1] = (byte) (rgb >> 8);
      pixels[to + 2] = (byte) rgb;
      return;
    }
    boolean grey = bands < 3;
    for (int colour = 0; colour < 3; colour++) {
      int band = grey ? 0 : colour;
      int bits = raster.getSampleModel().getSampleSize(band);
      int sample = row[bands * x + band];
      pixels[to + colour] =
          (byte) (bits > 8 ? sample >> (bits - 8) : sample * 255 / ((1 << bits) - 1));
    }
  }

  private static int bits(Raster raster) {
    return raster.getSampleModel().getSampleSize(0);
  }

  private static ProblemException damaged(String file, Exception e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    Problem problem =
        ImageError.DAMAGED.problem(file, "", reason.lines().findFirst().orElse("empty"));
    return new ProblemException(problem, e);
  }
}
