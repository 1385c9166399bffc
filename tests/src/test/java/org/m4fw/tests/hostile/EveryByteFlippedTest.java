package org.m4fw.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.image.Kind;
import org.m4fw.signing.SigningIdentity;

/**
 * A small image, really signed, with one bit of one byte flipped, for every byte: the verifier in C
 * refuses each, and the one in Java, of which firmware-image tests the same, with the same code at
 * the same byte, for some bytes. With {@code ./check --exhaustive} all bits of all bytes, in both.
 */
class EveryByteFlippedTest {
  @TempDir static Path directory;
  private static Path image = Path.of("");
  private static Path root = Path.of("");

  @BeforeAll
  static void write() {
    try (SigningIdentity identity =
        SigningIdentity.create(directory.resolve("release"), Optional.empty())) {
      root = directory.resolve("release/trust-root.json");
      image =
          GoodImage.write(
              directory,
              identity,
              GoodImage.draft(Kind.IMAGE),
              List.of(GoodImage.section("weights", "w.bin", 5000)));
    }
  }

  @Test
  void bothVerifiersRefuseEveryFlip() throws IOException {
    JavaVerdict java = JavaVerdict.against(root, directory);
    byte[] bytes = GoodImage.read(image);
    int step = Exhaustive.times(13, 1);
    List<String> verdicts = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      for (int at = 0; at < bytes.length; at += step) {
        for (int bit = 0; bit < 8; bit++) {
          if (Exhaustive.ON || bit == at * 7 % 8) {
            write(channel, at, (byte) (bytes[at] ^ 1 << bit));
            verdicts.add(java.of(image));
          }
        }
        write(channel, at, bytes[at]);
      }
    }
    assertEquals("OK 0", java.of(image));
    assertFalse(verdicts.contains("OK 0"), () -> "a flip passes: " + verdicts.indexOf("OK 0"));
    List<String> onDevice = onDevice(bytes.length);
    assertFalse(onDevice.contains("OK 0"), () -> "a flip passes: " + onDevice.indexOf("OK 0"));
    int bits = Exhaustive.times(1, 8);
    for (int i = 0; i < verdicts.size(); i++) {
      assertEquals(verdicts.get(i), onDevice.get(i / bits * step * bits + i % bits));
    }
  }

  private static void write(FileChannel channel, int at, byte value) throws IOException {
    assertEquals(1, channel.write(ByteBuffer.wrap(new byte[] {value}), at));
  }

  private static List<String> onDevice(int length) {
    try (DeviceVerifier device = DeviceVerifier.start(directory, false)) {
      device.trust(root, directory);
      device.base(image);
      List<String> verdicts = new ArrayList<>();
      for (int from = 0; from < length; from += 1024) {
        device
            .flips(from, Math.min(length, from + 1024), Exhaustive.ON ? 255 : 0)
            .forEach(verdict -> verdicts.add(withoutItem(verdict)));
      }
      assertTrue(device.of(GoodImage.read(image)).startsWith("OK 0"));
      return verdicts;
    }
  }

  private static String withoutItem(String verdict) {
    String[] words = verdict.split(" ", 3);
    return words[0] + " " + words[1];
  }
}
