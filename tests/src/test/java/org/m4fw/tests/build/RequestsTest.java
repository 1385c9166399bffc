package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import org.m4fw.base.json.StrictJson;

/** Many texts with many adapters over one loaded model. */
final class RequestsTest {
  private static final Path KJV = Tool.ROOT.resolve("examples/kjv");
  private static final String MODEL = KJV.resolve("kjv-llama").toString();
  private static final String ADAPTER = KJV.resolve("kjv-llama-licence-lora").toString();
  private static final String PROMPT = "This licence";

  @TempDir Path directory;

  private String requests(String... lines) throws IOException {
    return Files.writeString(directory.resolve("requests.jsonl"), String.join("\n", lines))
        .toString();
  }

  private static String text(String json) {
    return StrictJson.parse("line", json.getBytes(StandardCharsets.UTF_8))
        .get("text")
        .stringValue();
  }

  private static String alone(String target, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "generate",
                MODEL,
                "--target",
                target,
                "--prompt",
                PROMPT,
                "--max-tokens",
                "8",
                "--json"));
    command.addAll(List.of(more));
    Tool.Outcome outcome = Tool.run(command.toArray(String[]::new));
    assertEquals(0, outcome.code(), outcome.err());
    return text(outcome.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "jetson-orin-nx"})
  void eachRequestGetsTheAnswerThatItsAdapterGivesAlone(String target) throws IOException {
    String plain = "{\"prompt\": \"%s\"}".formatted(PROMPT);
    String adapted = "{\"prompt\": \"%s\", \"adapter\": \"%s\"}".formatted(PROMPT, ADAPTER);
    Tool.Outcome outcome =
        Tool.run(
            "generate",
            MODEL,
            "--target",
            target,
            "--requests",
            requests(adapted, plain, "", adapted),
            "--max-tokens",
            "8",
            "--json");
    assertEquals(0, outcome.code(), outcome.err());
    List<String> texts = outcome.out().lines().map(RequestsTest::text).toList();
    String base = alone(target);
    String licence = alone(target, "--adapter", ADAPTER);
    assertNotEquals(base, licence);
    assertEquals(List.of(licence, base, licence), texts);
  }

  @Test
  void requestThatIsNotOneIsRefused() throws IOException {
    Tool.Outcome outcome =
        Tool.run(
            "generate", MODEL, "--requests", requests("{\"prompt\": \"a\", \"adaptor\": \"b\"}"));
    assertEquals(1, outcome.code());
    assertTrue(outcome.error().contains("requests.jsonl:1"), outcome.err());
  }

  @Test
  void promptAndRequestsAreOneOrTheOther() throws IOException {
    assertEquals(2, Tool.run("generate", MODEL).code());
    Tool.Outcome both =
        Tool.run("generate", MODEL, "--prompt", "a", "--requests", requests("{\"prompt\": \"a\"}"));
    assertEquals(2, both.code());
  }
}
