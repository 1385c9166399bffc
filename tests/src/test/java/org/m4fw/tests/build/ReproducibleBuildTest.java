package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.SigningIdentity;

/** The same inputs give the same image wherever, whenever and on however many threads. */
final class ReproducibleBuildTest {
  private final Locale locale = Locale.getDefault();
  private final TimeZone timeZone = TimeZone.getDefault();

  @TempDir Path directory;

  @BeforeEach
  void makeIdentities() {
    for (String name : List.of("one", "two")) {
      SigningIdentity.create(directory.resolve("keys-" + name), Optional.empty()).close();
    }
  }

  @AfterEach
  void restore() {
    Locale.setDefault(locale);
    TimeZone.setDefault(timeZone);
    System.clearProperty("m4fw.threads");
  }

  private Path build(Path recipe, String name) {
    Path out = directory.resolve("out-" + name);
    Tool.Outcome outcome =
        Tool.run(
            "build",
            recipe.toString(),
            "--out",
            out.toString(),
            "--cache",
            directory.resolve("cache-" + name).toString(),
            "--key",
            directory.resolve("keys-" + name).toString());
    assertEquals(0, outcome.code(), outcome.err());
    return out.resolve("tiny-1.2.3.m4img");
  }

  private static String imageId(Path image) {
    try (ImageFile file = ImageFile.open(image)) {
      return file.imageId().toString();
    }
  }

  @Test
  void placeThreadsLocaleTimeZoneAndKeysDoNotShow() throws IOException {
    System.setProperty("m4fw.threads", "1");
    Path one = build(Recipes.write(directory.resolve("here"), "llama-mha-f16"), "one");

    System.setProperty("m4fw.threads", "3");
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Kiritimati"));
    Path two = build(Recipes.write(directory.resolve("there/and back"), "llama-mha-f16"), "two");

    assertEquals(imageId(one), imageId(two));
    assertNotEquals(-1, Files.mismatch(one, two), "two identities, yet the same signatures");
    Tool.Outcome same =
        Tool.run("image", "diff", one.toString(), two.toString(), "--ignore-signatures");
    assertEquals(0, same.code(), same.err());
    assertTrue(same.out().contains("identical"), same.out());
    assertEquals(1, Tool.run("image", "diff", one.toString(), two.toString()).code());
  }

  @Test
  void secondBuildWithNothingChangedDoesNothing() throws IOException {
    Path recipe = Recipes.write(directory.resolve("here"), "llama-mha-f16");
    Path image = build(recipe, "one");
    FileTime written = Files.getLastModifiedTime(image);
    build(recipe, "one");
    assertEquals(written, Files.getLastModifiedTime(image));
  }

  @Test
  void changedRecipeMakesAnotherImageOfTheSameWeights() throws IOException {
    Path recipe = Recipes.write(directory.resolve("here"), "llama-mha-f16");
    String first = imageId(build(recipe, "one"));
    Path cache = directory.resolve("cache-one/weights");
    List<String> weights = Tool.files(cache);
    Recipes.edit(recipe, "\"index\": 2", "\"index\": 3");
    assertNotEquals(first, imageId(build(recipe, "one")));
    assertEquals(weights, Tool.files(cache));
  }

  @Test
  void reportNamesTheWeightsThatTargetsDoNotShare() throws IOException {
    Path recipe = Recipes.write(directory.resolve("here"), "llama-mha-f16");
    Path image = build(recipe, "one");
    String report = Files.readString(image.resolveSibling("report.json"));
    String entry = report.substring(report.indexOf("\"not_shared\""));
    assertTrue(entry.contains("model.layers.0.self_attn.q_proj.weight"), report);
    assertTrue(entry.contains("\"pixel7pro-cpu\" : \"int4-g32\""), report);
    assertTrue(entry.contains("\"jetson-orin-nx\" : \"int4-g64\""), report);
    assertTrue(!entry.contains("model.norm.weight"), "plain weights are shared");
  }
}
