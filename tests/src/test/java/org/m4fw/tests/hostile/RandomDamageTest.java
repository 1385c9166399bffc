package org.m4fw.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.image.Envelope;
import org.m4fw.image.Kind;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Random damage at each layer, the same verdict in Java and in C: the two were written apart, so
 * what both take for the same is what the specification says.
 */
class RandomDamageTest {
  private static final String INTERESTING = "{}[]\",:\\0123456789-.eE+ntfu\u00e4/ ";
  private static final long[] NUMBERS = {
    0, 1, 63, 4095, 4096, 4097, 8192, 16384, 65536, 1L << 31, 1L << 32, (1L << 53) - 1, 1L << 52
  };

  @TempDir static Path directory;
  private static GoodImage good;
  private static Forgery forgery;

  private interface Damage {
    byte[] apply(Random random);
  }

  @BeforeAll
  static void make() throws IOException {
    good = GoodImage.create(directory);
    forgery = new Forgery(good);
    Files.write(directory.resolve("base.m4img"), good.bytes());
  }

  @Test
  void bothAgreeOnDamagedFiles() {
    agree(Exhaustive.times(250, 50_000), RandomDamageTest::damagedFile);
  }

  @Test
  void bothAgreeOnHeadersWithRightChecksum() {
    agree(
        Exhaustive.times(250, 50_000),
        random ->
            forgery.header(
                header -> {
                  int at = random.nextInt(104);
                  switch (random.nextInt(3)) {
                    case 0 -> header.put(at, (byte) (header.get(at) + 1 + random.nextInt(255)));
                    case 1 -> header.putLong(at, NUMBERS[random.nextInt(NUMBERS.length)]);
                    default -> header.putLong(at, ~header.getLong(at) >>> random.nextInt(64));
                  }
                }));
  }

  @Test
  void bothAgreeOnDamagedEnvelopes() {
    byte[] envelope = good.envelope().bytes();
    agree(Exhaustive.times(250, 50_000), random -> forgery.envelope(damagedText(envelope, random)));
  }

  @Test
  void bothAgreeOnDamagedManifests() {
    byte[] payload = good.envelope().payload();
    List<Envelope.Signature> signatures = good.envelope().signatures();
    agree(
        Exhaustive.times(1000, 200_000),
        random -> {
          byte[] damaged = damagedText(payload, random);
          return forgery.envelope(
              Envelope.of(Kind.IMAGE.payloadType(), damaged, signatures).bytes());
        });
  }

  @Test
  void bothAgreeOnSignedManifestsWithOtherNumbers() {
    agree(
        Exhaustive.times(250, 30_000),
        random -> {
          ObjectNode manifest = (ObjectNode) forgery.manifest();
          for (int i = random.nextInt(2); i >= 0; i--) {
            changeNumber(manifest, random);
          }
          byte[] payload = CanonicalJson.bytes(manifest);
          try {
            return forgery.framed(payload, good.sign(Kind.IMAGE, payload));
          } catch (IllegalArgumentException
              | IndexOutOfBoundsException
              | ArithmeticException
              | NegativeArraySizeException e) {
            return forgery.payload(payload); // no framing can agree with such numbers
          }
        });
  }

  private static void agree(int count, Damage damage) {
    Random random = new Random(42);
    JavaVerdict java = JavaVerdict.against(good.root(), directory);
    List<String> wrong = new ArrayList<>();
    try (DeviceVerifier device = DeviceVerifier.start(directory, true)) {
      device.trust(good.root(), directory);
      device.base(directory.resolve("base.m4img"));
      for (int i = 0; i < count; i++) {
        byte[] image = damage.apply(random);
        String expected = java.of(image);
        String verdict = device.of(image);
        assertEquals(Arrays.equals(image, good.bytes()), expected.startsWith("OK"), expected);
        if (!(verdict + " ").startsWith(expected + " ")) {
          wrong.add("variant %s: %s, in Java %s".formatted(i, verdict, expected));
        }
      }
    }
    assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
  }

  private static void changeNumber(ObjectNode manifest, Random random) {
    ObjectNode object =
        switch (random.nextInt(5)) {
          case 0 -> (ObjectNode) manifest.get("layout");
          default -> Forgery.section(manifest, random.nextInt(4));
        };
    List<String> names = new ArrayList<>(object.propertyNames());
    names.removeIf(name -> !object.get(name).isIntegralNumber());
    String name = names.get(random.nextInt(names.size()));
    JsonNode old = object.get(name);
    long number =
        switch (random.nextInt(3)) {
          case 0 -> old.longValue() + random.nextInt(9) - 4;
          case 1 -> old.longValue() + 4096L * (random.nextInt(9) - 4);
          default -> NUMBERS[random.nextInt(NUMBERS.length)];
        };
    object.put(name, number);
  }

  private static byte[] damagedFile(Random random) {
    byte[] image = good.bytes().clone();
    int at = random.nextInt(image.length);
    switch (random.nextInt(4)) {
      case 0 -> image[at] = (byte) (image[at] + 1 + random.nextInt(255));
      case 1 -> image = Arrays.copyOf(image, at);
      case 2 -> {
        int length = Math.min(1 + random.nextInt(50), image.length - at);
        System.arraycopy(good.bytes(), random.nextInt(image.length - length), image, at, length);
      }
      default -> image = Arrays.copyOf(image, image.length + 1 + random.nextInt(5000));
    }
    return image;
  }

  private static byte[] damagedText(byte[] text, Random random) {
    String damaged = new String(text, StandardCharsets.ISO_8859_1);
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(damaged.length());
      int end = Math.min(damaged.length(), at + 1 + random.nextInt(20));
      char c = INTERESTING.charAt(random.nextInt(INTERESTING.length()));
      String front = damaged.substring(0, at);
      damaged =
          switch (random.nextInt(5)) {
            case 0 -> front + c + damaged.substring(at + 1);
            case 1 ->
                front
                    + (char) (damaged.charAt(at) ^ 1 << random.nextInt(8))
                    + damaged.substring(at + 1);
            case 2 -> front + damaged.substring(end);
            case 3 -> front + damaged.substring(at, end) + damaged.substring(at);
            default -> front + c + damaged.substring(at);
          };
    }
    return damaged.getBytes(StandardCharsets.ISO_8859_1);
  }
}
