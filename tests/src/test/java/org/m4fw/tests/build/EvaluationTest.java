package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.adapter.contract.EvaluationResult;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.base.json.StrictJson;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.statement.StatementKind;
import tools.jackson.databind.JsonNode;

/** What {@code eval} measures on the example's model, and what it makes of the result. */
final class EvaluationTest {
  private static final Path KJV = Tool.ROOT.resolve("examples/kjv");
  private static final String MODEL = KJV.resolve("kjv-llama").toString();
  private static final String ADAPTER = KJV.resolve("kjv-llama-licence-lora").toString();

  @TempDir Path directory;

  private static Tool.Outcome eval(String... options) {
    List<String> command = new ArrayList<>(List.of("eval", MODEL));
    command.addAll(List.of(options));
    return Tool.run(command.toArray(String[]::new));
  }

  private static JsonNode report(Tool.Outcome outcome) {
    assertEquals(0, outcome.code(), outcome.err());
    return StrictJson.parse("report", outcome.out().getBytes(StandardCharsets.UTF_8));
  }

  private String data(String... references) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String reference : references) {
      lines.append(
          "{\"text\": \"And the LORD said unto\", \"references\": [\"%s\"]}\n"
              .formatted(reference));
    }
    return Files.writeString(directory.resolve("data.jsonl"), lines).toString();
  }

  private static String continuation() {
    return Tool.run("generate", MODEL, "--prompt", "And the LORD said unto", "--max-tokens", "2")
        .out()
        .strip();
  }

  @ParameterizedTest
  @ValueSource(strings = {"int8", "int4"})
  void quantizedBaseKeepsTheEffectOfTheAdapter(String scheme) {
    JsonNode found =
        report(
            eval(
                "--scheme",
                scheme,
                "--tokens",
                KJV.resolve("eval/licence_val.json").toString(),
                "--adapter",
                ADAPTER,
                "--reference",
                MODEL,
                "--min-kept",
                "0.95",
                "--json"));
    double kept = found.get("effect").get("kept").asDouble();
    double gain = found.get("effect").get("nll_without").asDouble() - found.get("nll").asDouble();
    double reference =
        found.get("effect").get("reference_nll_without").asDouble()
            - found.get("reference_nll").asDouble();
    assertEquals(gain / reference, kept, 1e-9);
    assertEquals(4.714, reference, 1e-2);
  }

  @Test
  void effectThatIsNotKeptIsRefused() throws IOException {
    String tokens = tokens("licence_val", 64);
    Tool.Outcome outcome =
        eval("--tokens", tokens, "--adapter", ADAPTER, "--reference", MODEL, "--min-kept", "1.5");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("keeps 1.0000 of the adapter's gain"), outcome.err());
  }

  @Test
  void perplexityIsHeldToTheReference() {
    String tokens = KJV.resolve("eval/licence_val.json").toString();
    Tool.Outcome outcome =
        eval(
            "--scheme",
            "int4",
            "--tokens",
            tokens,
            "--adapter",
            ADAPTER,
            "--reference",
            MODEL,
            "--max-drop",
            "0.5");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("worse than the 70.6"), outcome.err());
  }

  /** The beginning of a text, as windows of 64. */
  private String tokens(String text, int count) throws IOException {
    JsonNode ids = StrictJson.read(KJV.resolve("eval/" + text + ".json")).get("ids");
    List<String> first = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      first.add(ids.get(i).asString());
    }
    return Files.writeString(
            directory.resolve("tokens.json"),
            "{\"window\": 64, \"ids\": [%s]}".formatted(String.join(",", first)))
        .toString();
  }

  @Test
  void answersAreJudgedByTheirReferences() throws IOException {
    String data = data(continuation(), "the sea");
    JsonNode found =
        report(
            eval(
                "--data",
                data,
                "--metric",
                "accuracy",
                "--max-tokens",
                "2",
                "--min",
                "0.5",
                "--json"));
    assertEquals(0.5, found.get("score").asDouble());
    assertEquals(2, found.get("cases").asInt());
  }

  @Test
  void scoreBelowTheLeastFails() throws IOException {
    Tool.Outcome outcome =
        eval("--data", data("the sea"), "--metric", "bleu", "--max-tokens", "2", "--min", "0.9");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("at least 0.9 is asked for"), outcome.err());
  }

  @Test
  void statementNeedsAPackage() throws IOException {
    String out = directory.resolve("e.json").toString();
    Tool.Outcome outcome =
        eval("--tokens", tokens("licence_val", 64), "--adapter", ADAPTER, "--statement", out);
    assertEquals(2, outcome.code(), outcome.err());
    assertTrue(outcome.error().contains("is about an adapter package"), outcome.err());
  }

  @Test
  void resultIsStatedAboutTheWeightsOfThePackage() throws IOException {
    Path packaged = directory.resolve("licence.m4adapter");
    Tool.Outcome made =
        Tool.run(
            "adapter",
            "pack",
            ADAPTER,
            "--base",
            MODEL,
            "--id",
            "org.example.licence",
            "--version",
            "1.0.0",
            "--out",
            packaged.toString());
    assertEquals(0, made.code(), made.err());
    Path out = directory.resolve("evaluation.json");
    Tool.Outcome outcome =
        eval(
            "--tokens",
            tokens("licence_val", 64),
            "--adapter",
            packaged.toString(),
            "--reference",
            MODEL,
            "--statement",
            out.toString());
    assertEquals(0, outcome.code(), outcome.err());
    SignedStatement statement = SignedStatement.read(out).require(StatementKind.EVALUATION);
    EvaluationResult result = EvaluationResult.read(statement.body());
    assertEquals("perplexity", result.metric());
    assertEquals(63, result.cases());
    assertEquals(result.score(), result.reference().orElseThrow(), 1e-9);
    try (AdapterPackage open = AdapterPackage.open(packaged)) {
      assertEquals(List.of(open.weightsDigest()), statement.subjects());
    }
    statedPackageShowsTheResult(out);
    statementIsRefusedInAnotherPackage(out);
  }

  private Tool.Outcome pack(String adapter, String base, Path statement, Path out) {
    return Tool.run(
        "adapter",
        "pack",
        adapter,
        "--base",
        base,
        "--id",
        "org.example.licence",
        "--version",
        "1.0.0",
        "--evaluation",
        statement.toString(),
        "--out",
        out.toString());
  }

  private void statedPackageShowsTheResult(Path statement) {
    Path stated = directory.resolve("stated.m4adapter");
    Tool.Outcome made = pack(ADAPTER, MODEL, statement, stated);
    assertEquals(0, made.code(), made.err());
    Tool.Outcome plain = Tool.run("adapter", "inspect", stated.toString());
    assertTrue(plain.out().contains("evaluation: perplexity"), plain.out());
    assertTrue(plain.out().contains("63 cases; signature not checked"), plain.out());
    Tool.Outcome trusted =
        Tool.run("adapter", "check", stated.toString(), MODEL, "--allow-development");
    assertTrue(trusted.out().contains("63 cases; signature trusted"), trusted.out());
    Tool.run("keys", "new", "--out", directory.resolve("keys").toString());
    Tool.Outcome strange =
        Tool.run(
            "adapter",
            "inspect",
            stated.toString(),
            "--root",
            directory.resolve("keys/trust-root.json").toString(),
            "--json");
    assertTrue(!report(strange).get("evaluation").get("trusted").asBoolean(), strange.out());
  }

  private void statementIsRefusedInAnotherPackage(Path statement) {
    Path goldens = Tool.ROOT.resolve("tests/fixtures/goldens");
    Path other = directory.resolve("other.m4adapter");
    Tool.Outcome refused =
        pack(
            goldens.resolve("peft-lora").toString(),
            goldens.resolve("llama-mha-f16").toString(),
            statement,
            other);
    assertEquals(1, refused.code(), refused.out());
    assertTrue(refused.error().contains("the adapter's weights are"), refused.err());
    assertTrue(Files.notExists(other));
  }

  @Test
  void metricThatNeedsMoreThanTextIsRefused() throws IOException {
    Tool.Outcome outcome = eval("--data", data("the sea"), "--metric", "miou");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("'miou', the metric of T19, T20"), outcome.err());
    assertTrue(outcome.error().contains("no path of an image ends in masks"), outcome.err());
  }

  @Test
  void metricThatThereIsNotIsRefused() throws IOException {
    Tool.Outcome outcome = eval("--data", data("the sea"), "--metric", "goodness");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("there is no metric 'goodness'"), outcome.err());
  }

  @Test
  void imagesAreNothingForAModelOfText() throws IOException {
    String data =
        Files.writeString(
                directory.resolve("data.jsonl"), "{\"image\": \"a.png\", \"references\": [\"b\"]}")
            .toString();
    Tool.Outcome outcome = eval("--data", data, "--metric", "accuracy");
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("a model continues texts"), outcome.err());
  }
}
