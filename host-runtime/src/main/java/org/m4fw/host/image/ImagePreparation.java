package org.m4fw.host.image;

import java.util.List;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.FloatTensor;

/**
 * What an image encoder of CLIP's kind sees of an image: the short side scaled to the encoder's
 * size, the middle cut out, each colour normalized. As torchvision's {@code Resize} (bicubic),
 * {@code CenterCrop}, {@code ToTensor} and {@code Normalize} do it to a Pillow image, which is what
 * ImageBind's {@code load_and_transform_vision_data} calls.
 */
public final class ImagePreparation {
  /** Mean of red, green and blue between 0 and 1, of CLIP's training images. */
  public static final List<Float> MEAN = List.of(0.48145467f, 0.4578275f, 0.4082107f);

  /** Their standard deviations. */
  public static final List<Float> DEVIATION = List.of(0.26862955f, 0.2613026f, 0.2757771f);

  private ImagePreparation() {}

  /**
   * The encoder's input, F32 [1, 3, height, width].
   *
   * @param height what the encoder takes
   * @param width what the encoder takes; the short side is scaled to the longer of both
   */
  public static FloatTensor prepare(RgbImage image, int height, int width) {
    return normalized(middleOf(image, height, width));
  }

  /** Scaled and cut, before the colours are normalized. */
  static RgbImage middleOf(RgbImage image, int height, int width) {
    int size = Math.max(height, width);
    int shortSide = Math.min(image.width(), image.height());
    return BicubicResize.resize(
        image,
        side(image.width(), width, size, shortSide),
        side(image.height(), height, size, shortSide));
  }

  private static BicubicResize.Side side(int length, int cropped, int size, int shortSide) {
    long scaled = (long) ((double) size * length / shortSide);
    // Python rounds halves to the even number.
    long first = (long) Math.rint((scaled - cropped) / 2.0);
    return new BicubicResize.Side(scaled, first, cropped);
  }

  private static FloatTensor normalized(RgbImage image) {
    int plane = image.width() * image.height();
    float[] values = new float[3 * plane];
    for (int colour = 0; colour < 3; colour++) {
      for (int i = 0; i < plane; i++) {
        float value = (image.pixels()[3 * i + colour] & 0xFF) / 255f;
        values[colour * plane + i] = (value - MEAN.get(colour)) / DEVIATION.get(colour);
      }
    }
    return new FloatTensor(Shape.of(1, 3, image.height(), image.width()), values);
  }
}
