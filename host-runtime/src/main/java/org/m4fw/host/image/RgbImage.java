package org.m4fw.host.image;

/**
 * An image of 8 bits per colour.
 *
 * @param pixels red, green, blue of each pixel, row by row from the top left
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record RgbImage(int width, int height, byte[] pixels) {
  public RgbImage {
    if (width < 1 || height < 1 || pixels.length != Math.multiplyExact(3, width * height)) {
      throw new IllegalArgumentException(
          "%d bytes are no image of %d × %d".formatted(pixels.length, width, height));
    }
  }
}
