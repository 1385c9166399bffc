package org.m4fw.cli.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.host.path.PathError;

final class RecipeReaderTest {
  private static final String WHOLE =
      """
      {"product": "phone", "version": "1.2.3", "build": 7,
       "rollback": {"domain": "m4", "index": 3},
       "components": [
         {"name": "backbone", "model": "llama", "scheme": "int4", "licence": "CC0-1.0",
          "revision": "abc", "overrides": {"lm_head": "int8"},
          "interface": {"id": "m4.text", "version": "2.0.0"},
          "evaluation": {"tokens": "tokens.json"}},
         {"name": "ears", "model": "/models/ears", "scheme": "f16"}],
       "targets": ["host", "boards/mine.json"],
       "adapters": [
         {"dir": "lora", "id": "org.example.a", "version": "1.0.0", "component": "backbone",
          "alpha": 16, "task": {"goal": "licences"}, "licence": "MIT"}],
       "paths": [
         {"name": "speech", "kind": 1,
          "components": [{"name": "ears", "does": "transcribe"},
                         {"name": "backbone", "does": "continue"}],
          "prompt": "{speech}\\n{text}", "adapter": "org.example.a"}],
       "signing": {"key": "keys", "passphrase": {"env": "PASS"}}}
      """;

  @TempDir Path directory;

  private Recipe read(String json) throws IOException {
    Path file = directory.resolve("recipe.json");
    Files.writeString(file, json);
    return RecipeReader.read(file);
  }

  private void refused(ErrorCode code, String item, String from, String to) {
    String json = WHOLE.replace(from, to);
    assertTrue(!json.equals(WHOLE), from);
    Problem problem = assertThrows(ProblemException.class, () -> read(json)).problem();
    assertEquals(code, problem.code(), problem.text());
    assertEquals(item, problem.item());
    assertEquals(directory.resolve("recipe.json").toString(), problem.file());
  }

  @Test
  void everyFieldIsRead() throws IOException {
    Recipe recipe = read(WHOLE);
    assertEquals("phone", recipe.product());
    assertEquals(7, recipe.build());
    assertEquals(new Recipe.Rollback("m4", 3), recipe.rollback());
    Recipe.Component backbone = recipe.components().getFirst();
    assertEquals(directory.resolve("llama"), backbone.model());
    assertEquals("int8", backbone.overrides().get("lm_head"));
    assertEquals(new Recipe.Interface("m4.text", "2.0.0", Optional.empty()), backbone.offers());
    assertEquals(new Recipe.Origin("", "abc", "CC0-1.0"), backbone.origin());
    assertEquals(directory.resolve("tokens.json"), backbone.evaluation().orElseThrow());
    assertEquals(16, recipe.adapters().getFirst().alpha().orElseThrow());
    assertEquals(Path.of("keys"), recipe.signing().orElseThrow().key().getFileName());
    assertEquals(
        new Recipe.Passphrase.Variable("PASS"), recipe.signing().orElseThrow().passphrase());
  }

  @Test
  void pathsAreRelativeToTheRecipe() throws IOException {
    Recipe recipe = read(WHOLE);
    assertEquals(Path.of("/models/ears"), recipe.components().get(1).model());
    assertEquals(directory.resolve("boards/mine.json").toString(), recipe.targets().get(1));
    assertEquals("host", recipe.targets().getFirst());
  }

  @Test
  void interfaceHasADefault() throws IOException {
    assertEquals(
        new Recipe.Interface("m4.ears", "1.0.0", Optional.empty()),
        read(WHOLE).components().get(1).offers());
  }

  @Test
  void unknownFieldIsRefused() {
    refused(JsonError.UNKNOWN_FIELD, "colour", "\"build\": 7", "\"build\": 7, \"colour\": 1");
  }

  @Test
  void unknownFieldOfAComponentIsRefused() {
    refused(JsonError.UNKNOWN_FIELD, "components[1].size", "\"f16\"}", "\"f16\", \"size\": 1}");
  }

  @Test
  void missingRollbackIsRefused() {
    refused(
        JsonError.MISSING_FIELD,
        "rollback",
        "\"rollback\": {\"domain\": \"m4\", \"index\": 3},",
        "");
  }

  @Test
  void badProductIsRefused() {
    refused(RecipeError.BAD_NAME, "product", "\"phone\"", "\"My Phone\"");
  }

  @Test
  void badVersionIsRefused() {
    refused(RecipeError.BAD_VERSION, "version", "\"1.2.3\"", "\"1.2\"");
  }

  @Test
  void negativeBuildIsRefused() {
    refused(JsonError.OUT_OF_RANGE, "build", "\"build\": 7", "\"build\": -1");
  }

  @Test
  void badComponentNameIsRefused() {
    refused(
        RecipeError.BAD_COMPONENT_NAME,
        "components[1].name",
        "\"name\": \"ears\"",
        "\"name\": \"my.ears\"");
  }

  @Test
  void twinComponentsAreRefused() {
    refused(RecipeError.DUPLICATE, "components", "\"name\": \"ears\"", "\"name\": \"backbone\"");
  }

  @Test
  void unknownSchemeIsRefused() {
    refused(RecipeError.UNKNOWN_SCHEME, "components[1].scheme", "\"f16\"", "\"int3\"");
  }

  @Test
  void unknownSchemeOfAnOverrideIsRefused() {
    refused(RecipeError.UNKNOWN_SCHEME, "components[0].overrides.lm_head", "\"int8\"", "\"q8_0\"");
  }

  @Test
  void noTargetsAreRefused() {
    refused(RecipeError.EMPTY, "targets", "[\"host\", \"boards/mine.json\"]", "[]");
  }

  @Test
  void twinTargetsAreRefused() {
    refused(RecipeError.DUPLICATE, "targets", "\"boards/mine.json\"", "\"host\"");
  }

  @Test
  void badAdapterIdIsRefused() {
    refused(RecipeError.BAD_ADAPTER_ID, "adapters[0].id", "\"org.example.a\"", "\"example\"");
  }

  @Test
  void adapterOfNoComponentIsRefused() {
    refused(
        RecipeError.UNKNOWN_COMPONENT,
        "adapters[0].component",
        "\"component\": \"backbone\"",
        "\"component\": \"eyes\"");
  }

  @Test
  void adapterOfOneOfSeveralComponentsHasToSayWhich() {
    refused(RecipeError.COMPONENT_NEEDED, "adapters[0]", "\"component\": \"backbone\",", "");
  }

  @Test
  void pathThroughNoComponentIsRefused() {
    refused(
        RecipeError.UNKNOWN_COMPONENT,
        "paths[0].components",
        "\"ears\", \"does\"",
        "\"eyes\", \"does\"");
  }

  @Test
  void pathThatIsNotOfItsKindIsRefused() {
    refused(PathError.KIND_DEMANDS, "paths[0].components", "\"kind\": 1", "\"kind\": 2");
  }

  @Test
  void pathWithAnAdapterThatIsNotThereIsRefused() {
    refused(
        RecipeError.UNKNOWN_ADAPTER,
        "paths[0].adapter",
        "\"adapter\": \"org.example.a\"",
        "\"adapter\": \"org.example.b\"");
  }

  @Test
  void twoPassphrasesAreRefused() {
    refused(
        RecipeError.TWO_PASSPHRASES,
        "signing.passphrase",
        "{\"env\": \"PASS\"}",
        "{\"env\": \"PASS\", \"file\": \"f\"}");
  }

  @Test
  void emptyPassphraseSourceIsRefused() {
    refused(RecipeError.NO_PASSPHRASE, "signing.passphrase", "{\"env\": \"PASS\"}", "{}");
  }
}
