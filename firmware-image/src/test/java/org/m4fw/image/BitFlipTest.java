package org.m4fw.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One flipped bit in any byte is found without any key: the framing repeats the CRC of the whole
 * slot, so that even a flip inside a signature's base64 shows. With {@code ./check --exhaustive}
 * every bit of every byte.
 */
class BitFlipTest {
  @TempDir Path directory;

  @Test
  void flipInAnyByteIsFound() throws IOException {
    Path path = directory.resolve("small.m4img");
    Samples.write(
        path,
        Samples.draft(Kind.ADAPTER),
        List.of(SectionSource.of(Samples.spec("lora", "lora.bin"), Samples.random(9000, 5))));
    byte[] image = Files.readAllBytes(path);
    Forge.verify(image);
    boolean exhaustive = Boolean.getBoolean("m4fw.exhaustive");
    for (int at = 0; at < image.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        if (exhaustive || bit == at * 7 % 8) {
          refused(image, at, (byte) (1 << bit));
        }
      }
    }
    Forge.verify(image);
  }

  private static void refused(byte[] image, int at, byte flip) {
    image[at] ^= flip;
    try {
      Forge.integrityRefusal(image);
    } catch (AssertionError e) {
      throw new AssertionError("a flip at byte " + at + " passes", e);
    }
    image[at] ^= flip;
  }
}
