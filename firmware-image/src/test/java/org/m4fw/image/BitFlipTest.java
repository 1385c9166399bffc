package org.m4fw.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One flipped bit in any byte is found without any key: the framing repeats the CRC of the whole
 * slot, so that even a flip inside a signature's base64 shows.
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
    for (int at = 0; at < image.length; at++) {
      byte flip = (byte) (1 << (at * 7 % 8));
      image[at] ^= flip;
      try {
        Forge.integrityRefusal(image);
      } catch (AssertionError e) {
        throw new AssertionError("a flip at byte " + at + " passes", e);
      }
      image[at] ^= flip;
    }
    Forge.verify(image);
  }
}
