package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;

/**
 * Random damage, at each layer that a careful attacker can reach. Whatever comes, the answer is an
 * entry of the catalogue, soon.
 */
class HostileImageTest {
  private static final String INTERESTING = "{}[]\",:\\0123456789-.eE+ntfu\u00e4/";

  @TempDir static Path directory;
  private static byte[] good = new byte[0];

  @BeforeAll
  static void write() {
    good = Forge.good(directory);
  }

  private interface Mutation {
    byte[] apply(Random random);
  }

  @Test
  void anyDamagedFileIsRefused() {
    refusesAll(3000, HostileImageTest::damaged);
  }

  @Test
  void anyHeaderWithRightChecksumIsRefused() {
    refusesAll(
        3000,
        random ->
            Forge.withHeader(
                good,
                header -> {
                  int at = random.nextInt(104);
                  switch (random.nextInt(3)) {
                    case 0 -> header.put(at, (byte) (header.get(at) + 1 + random.nextInt(255)));
                    case 1 -> header.putLong(at, random.nextLong());
                    default -> header.putLong(at, ~header.getLong(at) >>> random.nextInt(64));
                  }
                }));
  }

  @Test
  void anyDamagedEnvelopeIsRefused() {
    byte[] envelope = Forge.envelope(good).bytes();
    refusesAll(2000, random -> Forge.withEnvelope(good, damagedText(envelope, random)));
  }

  @Test
  void anyDamagedManifestInAGoodEnvelopeIsRefused() {
    byte[] payload = Forge.payload(good);
    refusesAll(4000, random -> Forge.withPayload(good, damagedText(payload, random)));
  }

  private static void refusesAll(int count, Mutation mutation) {
    Random random = new Random(42);
    assertTimeout(
        Duration.ofMinutes(2),
        () -> {
          for (int i = 0; i < count; i++) {
            byte[] image = mutation.apply(random);
            if (!Arrays.equals(image, good)) {
              refuses(image);
            }
          }
        });
  }

  private static void refuses(byte[] image) {
    try {
      Forge.verify(image);
    } catch (ProblemException e) {
      assertInstanceOf(ImageError.class, e.problem().code());
      assertTrue(e.problem().text().length() < 10_000);
      return;
    }
    throw new AssertionError("a forged image passes");
  }

  private static byte[] damaged(Random random) {
    byte[] image = good.clone();
    int at = random.nextInt(image.length);
    switch (random.nextInt(4)) {
      case 0 -> image[at] = (byte) (image[at] + 1 + random.nextInt(255));
      case 1 -> image = Arrays.copyOf(image, at);
      case 2 -> {
        int length = Math.min(1 + random.nextInt(5000), image.length - at);
        System.arraycopy(good, random.nextInt(image.length - length), image, at, length);
      }
      default -> image = Arrays.copyOf(image, image.length + 1 + random.nextInt(5000));
    }
    return image;
  }

  private static byte[] damagedText(byte[] text, Random random) {
    byte[] damaged = text.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(damaged.length);
      char c = INTERESTING.charAt(random.nextInt(INTERESTING.length()));
      switch (random.nextInt(4)) {
        case 0 -> damaged[at] = (byte) c;
        case 1 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> damaged = joined(damaged, at, at + 1 + random.nextInt(20), new byte[0]);
        default -> damaged = joined(damaged, at, at, new byte[] {(byte) c});
      }
    }
    return damaged.length == 0 ? new byte[1] : damaged;
  }

  /** The text with the bytes between the two places replaced. */
  private static byte[] joined(byte[] text, int from, int to, byte[] middle) {
    int rest = Math.max(0, text.length - to);
    byte[] out = Arrays.copyOf(text, from + middle.length + rest);
    System.arraycopy(middle, 0, out, from, middle.length);
    System.arraycopy(text, text.length - rest, out, from + middle.length, rest);
    return out;
  }
}
