package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.model.LiteFile;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Manifest;
import org.m4fw.image.MappedSection;
import org.m4fw.image.SectionSource;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.trust.TrustRoot;

/** Images that say of .tflite files what cannot be, whoever signed them. */
final class HostileLiteImageTest {
  private static final String HEAD = "lite-graph.bridge.projection.pixel7pro-gpu";

  @TempDir static Path directory;

  private static Path good = Path.of("");

  @BeforeAll
  static void build() throws IOException {
    Files.writeString(
        directory.resolve("recipe.json"),
        """
        {"product": "phone", "version": "1.0.0", "build": 1,
         "rollback": {"domain": "m4", "index": 0},
         "components": [
           {"name": "bridge", "model": "%1$s", "scheme": "f16", "licence": "CC0-1.0"},
           {"name": "other", "model": "%1$s", "scheme": "f16", "licence": "CC0-1.0"}],
         "targets": ["pixel7pro-gpu"]}
        """
            .formatted(Tool.ROOT.resolve("examples/m4-tiny/models/llama-proj")));
    Tool.Outcome made =
        Tool.run(
            "build",
            directory.resolve("recipe.json").toString(),
            "--out",
            directory.resolve("out").toString());
    assertEquals(0, made.code(), made.err());
    good = directory.resolve("out/phone-1.0.0.m4img");
    Tool.Outcome keys = Tool.run("keys", "new", "--out", directory.resolve("key").toString());
    assertEquals(0, keys.code(), keys.err());
  }

  /** The same image with another description and other heads. */
  private static Path again(UnaryOperator<String> content, UnaryOperator<byte[]> head) {
    Path path = directory.resolve("again.m4img");
    try (ImageFile file = ImageFile.open(good);
        SigningIdentity identity =
            SigningIdentity.open(directory.resolve("key"), Passphrase.Source.none())) {
      List<SectionSource> sections = new ArrayList<>();
      for (MappedSection section : file.sections()) {
        byte[] bytes = section.bytes().toArray(ValueLayout.JAVA_BYTE);
        boolean changed = section.section().id().equals(HEAD);
        sections.add(
            SectionSource.of(section.section().spec(), changed ? head.apply(bytes) : bytes));
      }
      Manifest manifest = file.manifest();
      String description =
          new String(CanonicalJson.bytes(manifest.content()), StandardCharsets.UTF_8);
      ImageDraft draft =
          new ImageDraft(
              manifest.kind(),
              manifest.product(),
              manifest.version(),
              manifest.build(),
              manifest.rollback(),
              TrustRoot.HYBRID,
              false,
              manifest.created(),
              StrictJson.parse(
                  "content", content.apply(description).getBytes(StandardCharsets.UTF_8)),
              ImageDraft.Alignment.KIB_16,
              ImageDraft.IMAGE_SLOT);
      try (UnsignedImage unsigned =
          new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
              .write(draft, sections, path)) {
        new Signer(identity).complete(unsigned);
      }
    }
    return path;
  }

  private static String refusal(Path image) {
    try (ImageFile file = ImageFile.open(image)) {
      ProblemException e =
          assertThrows(
              ProblemException.class, () -> LiteFile.of(file).forEach(found -> found.read(file)));
      return e.problem().code() + " " + e.getMessage();
    }
  }

  @Test
  void goodImageIsRead() {
    try (ImageFile file = ImageFile.open(again(same -> same, same -> same))) {
      List<LiteFile> files = LiteFile.of(file);
      assertEquals(2, files.size());
      assertEquals("bridge.projection.pixel7pro-gpu.tflite", files.getFirst().name());
      assertEquals(1, files.getFirst().read(file).signatures().size());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'\"weights.bridge\"]', '\"weights.other\"]'",
    "'\"weights.bridge\"]', '\"weights.none\"]'",
    "'\"weights.bridge\"]', '\"lite-graph.bridge.projection.pixel7pro-gpu\"]'",
    "'\"weights.bridge\"]', '\"weights.bridge\",\"weights.bridge\"]'",
    "'[\"lite-graph.bridge.projection.pixel7pro-gpu\"', '[\"weights.bridge\"'",
  })
  void fileOfOtherSectionsIsRefused(String from, String to) {
    String refusal =
        refusal(
            again(
                content -> {
                  assertTrue(content.contains(from), content);
                  return content.replace(from, to);
                },
                same -> same));
    assertTrue(refusal.startsWith("NOT_A_FILE"), refusal);
  }

  @Test
  void headOfPartsOfPagesIsRefused() {
    String refusal = refusal(again(same -> same, head -> Arrays.copyOf(head, head.length - 1)));
    assertTrue(refusal.startsWith("NOT_WHOLE_PAGES"), refusal);
  }

  @Test
  void headThatIsNoFileIsRefused() {
    String refusal =
        refusal(
            again(
                same -> same,
                head -> {
                  byte[] damaged = head.clone();
                  Arrays.fill(damaged, 0, 64, (byte) 0x7f);
                  return damaged;
                }));
    assertTrue(refusal.startsWith("MALFORMED"), refusal);
  }
}
