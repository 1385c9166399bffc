package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.m4fw.image.ImageFile;
import org.m4fw.image.framing.Header;

/**
 * The fixed header of a good image replaced, as far as the input goes; its checksum is right, so
 * that the fields are looked at. The only header that fits the image is its own.
 */
final class HeaderFuzzTest {
  private static final Path DIRECTORY = Containers.directory();
  private static final byte[] GOOD =
      Containers.bytes(Containers.image(DIRECTORY.resolve("good"), 1, Containers.noise(5000)));
  private static final int HEADER = 64;
  private static final int LENGTH = 4032;

  @FuzzTest
  void header(byte[] input) {
    byte[] image = GOOD.clone();
    System.arraycopy(input, 0, image, HEADER, Math.min(input.length, LENGTH));
    byte[] header = Arrays.copyOfRange(image, HEADER, HEADER + LENGTH);
    ByteBuffer.wrap(image)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(HEADER + Header.CHECKED, Header.checksum(header));
    Path file = Containers.hostile(DIRECTORY, image);
    Hostile.parse(
        () -> {
          try (ImageFile open = ImageFile.open(file)) {
            if (!Arrays.equals(image, GOOD)) {
              throw new AssertionError("another header is taken for good: " + open.imageId());
            }
          }
        });
  }
}
