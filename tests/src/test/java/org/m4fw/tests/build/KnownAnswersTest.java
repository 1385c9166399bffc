package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Extent;
import org.m4fw.cli.model.ImageGraph;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Manifest;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Section;
import org.m4fw.image.SectionSource;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.trust.TrustRoot;

/** Images that are rightly signed and do not answer as they did when they were built. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class KnownAnswersTest {
  private static final String ROLE = "known-answers";

  private Path directory = Path.of("");
  private Path good = Path.of("");

  @BeforeAll
  void build(@TempDir Path temporary) throws IOException {
    directory = temporary;
    Path recipe = Recipes.write(directory.resolve("product"), "llama-gqa-bf16-sharded");
    String key = directory.resolve("key").toString();
    ok("keys", "new", "--out", key);
    ok("build", recipe.toString(), "--key", key, "--out", directory.resolve("out").toString());
    good = directory.resolve("out/tiny-1.2.3.m4img");
  }

  private static String ok(String... words) {
    Tool.Outcome outcome = Tool.run(words);
    assertEquals(0, outcome.code(), outcome.err());
    return outcome.out() + outcome.err();
  }

  private String[] words(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--root", directory.resolve("key/trust-root.json").toString()));
    return all.toArray(String[]::new);
  }

  /** The same image with other sections, signed by the same key; those that are empty are left. */
  private Path again(String name, Function<MappedSection, byte[]> bytes) {
    Path path = directory.resolve(name);
    try (ImageFile file = ImageFile.open(good);
        SigningIdentity identity =
            SigningIdentity.open(directory.resolve("key"), Passphrase.Source.none())) {
      List<SectionSource> sections = new ArrayList<>();
      for (MappedSection section : file.sections()) {
        byte[] content = bytes.apply(section);
        if (content.length > 0) {
          sections.add(SectionSource.of(section.section().spec(), content));
        }
      }
      Manifest manifest = file.manifest();
      ImageDraft draft =
          new ImageDraft(
              manifest.kind(),
              manifest.product(),
              manifest.version(),
              manifest.build(),
              manifest.rollback(),
              TrustRoot.HYBRID,
              manifest.development(),
              manifest.created(),
              manifest.content(),
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

  private static byte[] bytes(MappedSection section) {
    return section.bytes().toArray(ValueLayout.JAVA_BYTE);
  }

  /** Other numbers in one matrix of each graph; scales and all else stay. */
  private Path withOtherWeights() {
    return again(
        "other-weights.m4img",
        section -> {
          byte[] bytes = bytes(section);
          if (section.section().role().equals("weights")) {
            try (ImageFile file = ImageFile.open(good)) {
              for (Section graph : file.manifest().sections()) {
                if (graph.role().equals("graph")) {
                  Extent matrix = matrix(ImageGraph.read(file, graph).externals());
                  int from = (int) (matrix.offset() - section.offset());
                  for (int i = from; i < from + matrix.length(); i++) {
                    bytes[i] ^= 0x55;
                  }
                }
              }
            }
          }
          return bytes;
        });
  }

  private static Extent matrix(Map<String, Extent> externals) {
    return externals.entrySet().stream()
        .filter(entry -> entry.getKey().contains("layers.0.mlp.down_proj"))
        .filter(entry -> !entry.getKey().contains("scale"))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void imageGivesItsKnownAnswers() {
    String said = ok(words("verify", good.toString(), "--run"));
    assertTrue(said.contains("known-answers.backbone.pixel7pro-cpu: logits: cosine"), said);
    assertTrue(said.contains("known-answers.backbone.jetson-orin-nx: logits: cosine"), said);
  }

  @Test
  void otherWeightsAreRefusedThoughTheSignatureIsGood() {
    String image = withOtherWeights().toString();
    ok(words("verify", image));
    Tool.Outcome outcome = Tool.run(words("verify", image, "--run", "--json"));
    assertEquals(1, outcome.code());
    assertTrue(outcome.out().contains("\"ANSWER_DIFFERS\""), outcome.out());
    assertTrue(ok("verify", "--explain", "ANSWER_DIFFERS").contains("known answers"));
  }

  @Test
  void imageOfOtherWeightsIsNeverMarkedGood() {
    String device = directory.resolve("device").toString();
    ok(words("image", "install", good.toString(), "--slots", device));
    ok(words("image", "boot", "--slots", device));
    ok("image", "mark-good", "--slots", device);
    ok(words("image", "install", withOtherWeights().toString(), "--slots", device));
    String said = ok(words("image", "boot", "--slots", device));
    assertTrue(said.contains("started slot a"), said);
    assertTrue(said.contains("cosine"), said);
    Tool.Outcome outcome = Tool.run("image", "mark-good", "--slots", device);
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("known answers"), outcome.error());
  }

  @Test
  void imageWithoutKnownAnswersSaysSo() {
    Path bare =
        again(
            "bare.m4img",
            section -> section.section().role().equals(ROLE) ? new byte[0] : bytes(section));
    String said = ok(words("verify", bare.toString(), "--run"));
    assertTrue(said.contains("has no known answers"), said);
  }

  @Test
  void malformedAnswersAreRefused() {
    Path malformed =
        again(
            "malformed.m4img",
            section ->
                section.section().role().equals(ROLE)
                    ? new String(bytes(section), StandardCharsets.UTF_8)
                        .replaceFirst("\"values\":\\[", "\"values\":[1,")
                        .getBytes(StandardCharsets.UTF_8)
                    : bytes(section));
    Tool.Outcome outcome = Tool.run(words("verify", malformed.toString(), "--run", "--json"));
    assertEquals(1, outcome.code());
    assertTrue(outcome.out().contains("\"ANSWERS_MALFORMED\""), outcome.out());
  }

  @Test
  void answersOfTheSameInputsAreTheSameBytes() {
    Path recipe = directory.resolve("product/recipe.json");
    String out = directory.resolve("twice").toString();
    String cache = directory.resolve("other-cache").toString();
    String key = directory.resolve("key").toString();
    ok("build", recipe.toString(), "--key", key, "--out", out, "--cache", cache);
    try (ImageFile one = ImageFile.open(good);
        ImageFile other = ImageFile.open(Path.of(out, "tiny-1.2.3.m4img"))) {
      for (MappedSection section : one.sections()) {
        if (section.section().role().equals(ROLE)) {
          byte[] bytes = bytes(section);
          assertArrayEquals(bytes, bytes(other.section(section.section().id())));
          assertTrue(bytes.length < 4096, bytes.length + " bytes");
        }
      }
      assertEquals(one.imageId(), other.imageId());
    }
  }

  @Test
  void whatIsNotVerifiedIsNotRun() {
    assertEquals(2, Tool.run(words("verify", good.toString(), "--run", "--lazy")).code());
  }
}
