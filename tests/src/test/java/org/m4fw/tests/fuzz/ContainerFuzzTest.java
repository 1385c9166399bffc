package org.m4fw.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.m4fw.base.progress.Progress;
import org.m4fw.image.ImageFile;
import org.m4fw.image.framing.Header;

/**
 * A whole image, opened and every section checked. If the first byte is even, the rest is the file;
 * if it is odd, the rest says what to change in a good one: three bytes for a place, one for a
 * length, and the bytes. The header's checksum is then made right.
 */
final class ContainerFuzzTest {
  private static final Path DIRECTORY = Containers.directory();
  private static final byte[] GOOD =
      Containers.bytes(Containers.image(DIRECTORY.resolve("good"), 1, Containers.noise(5000)));
  private static final int HEADER = 64;

  @FuzzTest
  void container(byte[] input) {
    boolean changed = input.length > 0 && (input[0] & 1) == 1;
    byte[] image =
        changed
            ? changed(input)
            : Arrays.copyOfRange(input, Math.min(1, input.length), input.length);
    Path file = Containers.hostile(DIRECTORY, image);
    Hostile.parse(
        () -> {
          try (ImageFile open = ImageFile.open(file)) {
            open.verifyIntegrity(Progress.silent());
          }
        });
  }

  private static byte[] changed(byte[] input) {
    byte[] image = GOOD.clone();
    ByteBuffer changes = ByteBuffer.wrap(input, 1, input.length - 1);
    while (changes.remaining() > 4) {
      int change = changes.getInt();
      int at = (change >>> 8) % image.length;
      int length = Math.min(change & 0xff, Math.min(changes.remaining(), image.length - at));
      changes.get(image, at, length);
    }
    byte[] header = Arrays.copyOfRange(image, HEADER, HEADER + Header.CHECKED);
    ByteBuffer.wrap(image)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(HEADER + Header.CHECKED, Header.checksum(header));
    return image;
  }
}
