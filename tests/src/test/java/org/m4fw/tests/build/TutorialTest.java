package org.m4fw.tests.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.cli.Main;

/**
 * Runs the tutorial in {@code docs/adapters.md} word for word, in a directory that holds nothing
 * but the example: every line that begins with {@code $} is a command, what follows is what it
 * prints, if that matters, and {@code …} stands for anything.
 */
final class TutorialTest {
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  @TempDir Path directory;

  private record Step(String command, List<String> printed) {}

  private static List<Step> steps() throws IOException {
    List<Step> steps = new ArrayList<>();
    boolean inside = false;
    String begun = "";
    for (String line : Files.readAllLines(Tool.ROOT.resolve("docs/adapters.md"))) {
      if (line.startsWith("```")) {
        inside = line.equals("```console");
      } else if (inside && (line.startsWith("$ ") || !begun.isEmpty())) {
        String text = begun + line.substring(begun.isEmpty() ? 2 : 0).strip();
        begun = text.endsWith("\\") ? text.substring(0, text.length() - 1) : "";
        if (begun.isEmpty()) {
          steps.add(new Step(text, new ArrayList<>()));
        }
      } else if (inside) {
        steps.getLast().printed().add(line);
      }
    }
    return steps;
  }

  @Test
  void tutorialDoesWhatItSays() throws IOException, InterruptedException {
    Tool.copy(Tool.ROOT.resolve("examples/kjv"), directory.resolve("examples/kjv"));
    List<Step> steps = steps();
    assertTrue(steps.size() >= 10, steps.size() + " commands");
    for (Step step : steps) {
      String printed = run(step.command());
      Pattern expected =
          Pattern.compile(
              step.printed().stream()
                  .map(line -> Pattern.quote(line).replace("…", "\\E.*\\Q"))
                  .collect(Collectors.joining("\n")));
      assertTrue(
          step.printed().isEmpty() || expected.matcher(printed.stripTrailing()).matches(),
          () -> step.command() + " printed\n" + printed);
    }
  }

  private String run(String command) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      words.add(word.group(1) == null ? word.group(2) : word.group(1));
    }
    assertEquals("m4fw", words.removeFirst());
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-modules=jdk.incubator.vector",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    line.addAll(words);
    Path out = directory.resolve("out.txt");
    Path err = directory.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("M4FW_CONFIG_DIR", directory.resolve("config").toString());
    builder.environment().put("M4FW_CACHE_DIR", directory.resolve("cache").toString());
    int code = builder.start().waitFor();
    assertEquals(0, code, () -> command + "\n" + read(err));
    return read(out);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
