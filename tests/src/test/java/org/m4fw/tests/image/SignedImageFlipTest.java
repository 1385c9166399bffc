package org.m4fw.tests.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.Main;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.TrustRoot;

/** A small image, really signed, with one bit of a byte flipped, or cut: what the command says. */
final class SignedImageFlipTest {
  @TempDir Path directory;

  private Path image = Path.of("");
  private Path root = Path.of("");

  @BeforeEach
  void writeSignedImage() {
    image = directory.resolve("small.m4img");
    try (SigningIdentity identity =
        SigningIdentity.create(directory.resolve("release"), Optional.empty())) {
      root = directory.resolve("release/trust-root.json");
      ImageDraft draft =
          new ImageDraft(
              Kind.IMAGE,
              "pixel7pro",
              "1.0.0",
              1,
              new Rollback("m4", 0),
              TrustRoot.HYBRID,
              false,
              OptionalLong.empty(),
              CanonicalJson.node(Map.of()),
              ImageDraft.Alignment.KIB_16,
              ImageDraft.SMALL_SLOT);
      SectionSpec spec =
          new SectionSpec(
              "weights", "weights", "backbone", List.of(), "application/octet-stream", "w.bin");
      byte[] content = new byte[5000];
      new Random(1).nextBytes(content);
      try (UnsignedImage unsigned =
          new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
              .write(draft, List.of(SectionSource.of(spec, content)), image)) {
        new Signer(identity).complete(unsigned);
      }
    }
  }

  @Test
  void commandLineRefusesFlipsWithExitCodeOne() throws IOException {
    byte[] bytes = Files.readAllBytes(image);
    assertEquals(0, verifyCommand());
    for (int at = 0; at < bytes.length; at += 1009) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= 1;
      Files.write(image, flipped);
      assertEquals(1, verifyCommand(), "a flip at byte " + at);
    }
    for (int length = 0; length < bytes.length; length += 2003) {
      Files.write(image, java.util.Arrays.copyOf(bytes, length));
      assertEquals(1, verifyCommand(), "cut to " + length + " bytes");
    }
  }

  private int verifyCommand() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            List.of("verify", image.toString(), "--root", root.toString()),
            new ByteArrayOutputStream(),
            err);
    if (code == 1) {
      String text = err.toString(StandardCharsets.UTF_8);
      if (!text.contains("m4fw: error: ") || !text.contains("m4fw: hint: ")) {
        fail("no error and hint in: " + text);
      }
    }
    return code;
  }
}
