package org.m4fw.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.cli.command.CommandIndex;

/** Exit codes, the wording of errors, help. */
final class MainTest {
  static List<String> commands() {
    return CommandIndex.ENTRIES.stream().map(CommandIndex.Entry::name).toList();
  }

  @Test
  void versionIsOneLine() {
    Invoked invoked = Invoked.with("--version");
    assertEquals(0, invoked.exitCode());
    assertTrue(invoked.out().matches("m4fw \\d+\\.\\d+\\.\\d+\n"), invoked.out());
  }

  @Test
  void helpListsEveryCommand() {
    String help = Invoked.with("--help").out();
    commands().forEach(name -> assertTrue(help.contains("m4fw " + name + " "), name));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpWithAnExample(String name) {
    String[] words = (name + " --help").split(" ");
    Invoked invoked = Invoked.with(words);
    assertEquals(0, invoked.exitCode(), invoked.err());
    assertTrue(invoked.out().startsWith("Usage: m4fw " + name + " "), invoked.out());
    assertTrue(invoked.out().contains("Example"), invoked.out());
    assertEquals("", invoked.err());
  }

  @Test
  void groupWithoutACommandListsItsCommands() {
    Invoked invoked = Invoked.with("keys");
    assertEquals(0, invoked.exitCode());
    assertTrue(invoked.out().contains("m4fw keys new"), invoked.out());
  }

  @Test
  void helpMayComeAsAWord() {
    assertEquals(Invoked.with("verify", "--help"), Invoked.with("help", "verify"));
  }

  @Test
  void nothingIsWrongUsage() {
    Invoked invoked = Invoked.with();
    assertEquals(2, invoked.exitCode());
    assertEquals("m4fw: error: no command was given", invoked.errorLines().getFirst());
  }

  @Test
  void misspeltCommandGetsASuggestion() {
    Invoked invoked = Invoked.with("biuld", "recipe.json");
    assertEquals(2, invoked.exitCode());
    assertEquals(
        List.of(
            "m4fw: error: biuld: there is no such command",
            "m4fw: hint: did you mean 'm4fw build'?"),
        invoked.errorLines());
  }

  @Test
  void misspeltOptionGetsASuggestion() {
    Invoked invoked = Invoked.with("build", "recipe.json", "--ouy", "x");
    assertEquals(2, invoked.exitCode());
    assertEquals("m4fw: error: build: unknown option '--ouy'", invoked.errorLines().get(0));
    assertTrue(invoked.errorLines().get(1).startsWith("m4fw: hint: did you mean --out?"));
  }

  @Test
  void missingOptionsAreNamed() {
    Invoked invoked = Invoked.with("compile", "model");
    assertEquals(2, invoked.exitCode());
    assertTrue(invoked.err().contains("missing: --"), invoked.err());
  }

  @Test
  void wrongValueIsNamed() {
    Invoked invoked = Invoked.with("compare", "a", "b", "--atol", "much");
    assertEquals(2, invoked.exitCode());
    assertTrue(invoked.err().contains("'much'"), invoked.err());
  }

  @Test
  void missingFileIsAFailureOfTheInput(@TempDir Path directory) {
    Path missing = directory.resolve("nothing");
    Invoked invoked = Invoked.with("inspect", missing.toString());
    assertEquals(1, invoked.exitCode());
    assertEquals("", invoked.out());
    assertEquals(
        "m4fw: error: %s: no such file or directory".formatted(missing),
        invoked.errorLines().get(0));
    assertTrue(invoked.errorLines().get(1).startsWith("m4fw: hint: "));
    assertEquals(2, invoked.errorLines().size());
  }

  @Test
  void unknownFileIsToldWhatInspectKnows(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("notes"), "Dear diary, all is well.");
    for (String path : List.of(file.toString(), "/dev/null")) {
      Invoked invoked = Invoked.with("inspect", path);
      assertEquals(1, invoked.exitCode());
      for (String kind : List.of("image", "adapter", "graph", "key", "token file", "recipe")) {
        assertTrue(invoked.errorLines().get(1).contains(kind), invoked.err());
      }
    }
  }

  @Test
  void fileWithoutTokensIsCalledNoTokenFile(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("config.json"), "{\"a\": 1}");
    Invoked invoked = Invoked.with("eval", "/nothing", "--tokens", file.toString());
    assertEquals(1, invoked.exitCode());
    assertTrue(invoked.errorLines().get(0).contains("is no token file"), invoked.err());
  }

  @Test
  void controlCharactersOfHostileNamesAreNotPrinted(@TempDir Path directory) {
    Invoked invoked = Invoked.with("inspect", directory.resolve("a\u001b[31m").toString());
    assertTrue(!invoked.err().contains("\u001b"), invoked.err());
  }

  @Test
  void globalOptionsMayStandBeforeOrAfterTheCommand() {
    assertEquals(
        Invoked.with("--console", "json", "inspect", "/nothing"),
        Invoked.with("inspect", "/nothing", "--console=json"));
  }

  @Test
  void jsonConsoleGivesErrorsAsObjects() {
    Invoked invoked = Invoked.with("--console=json", "inspect", "/nothing");
    assertEquals(1, invoked.exitCode());
    assertTrue(invoked.err().startsWith("{\"code\":\"NOT_FOUND\",\"event\":\"error\""));
  }

  @Test
  void fullStandardOutputIsAFailure() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    assertEquals(1, Main.run(List.of("targets"), full, OutputStream.nullOutputStream()));
  }

  @Test
  void readerThatHasGoneEndsTheCommandQuietly() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    java.io.ByteArrayOutputStream err = new java.io.ByteArrayOutputStream();
    assertEquals(141, Main.run(List.of("targets"), closed, err));
    assertEquals(0, err.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--text=hi", "--slot=a=b", "--image=a.png", "--audio=a.wav", "--imu=a.csv", "--imu-rate=50",
        "--imu-start=1", "--imu-zeros", "--label=a", "--prompt=a", "--max-tokens=1", "--seed=1"
      })
  void optionOfATaskWithoutATaskIsWrongUsage(String option) {
    Invoked invoked = Invoked.with("run", "model", "--tensors", "in", "--out", "out", option);
    assertEquals(2, invoked.exitCode());
    assertTrue(invoked.err().contains(option.split("=", 2)[0] + ": is for tasks"), invoked.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-5", "9223372036854775807"})
  void sizeThatNoInputCanHaveIsWrongUsage(String size) {
    Invoked invoked = Invoked.with("inspect", "model", "--size", "batch_size=" + size);
    assertEquals(2, invoked.exitCode());
    assertTrue(invoked.err().contains("--size batch_size: found " + size), invoked.err());
  }

  @Test
  void truncatedModelNamesFileAndHint(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("model.safetensors");
    Files.write(file, new byte[] {1, 2, 3, 0, 0, 0, 0, 0});
    Invoked invoked = Invoked.with("inspect", file.toString());
    assertEquals(1, invoked.exitCode());
    assertTrue(invoked.errorLines().get(0).startsWith("m4fw: error: " + file), invoked.err());
  }
}
