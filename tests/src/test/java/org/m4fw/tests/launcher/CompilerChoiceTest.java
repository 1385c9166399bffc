package org.m4fw.tests.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** For which commands the launcher leaves the JVM's second compiler out. */
@Timeout(60)
final class CompilerChoiceTest {
  private static final Path LAUNCHER =
      Path.of(System.getProperty("m4fw.root"), "cli", "launcher", "compilers.sh");
  private static final String FIRST_ONLY = "-XX:TieredStopAtLevel=1";

  @TempDir Path directory;

  private String shelf = "";

  @BeforeEach
  void makeShelf() throws IOException {
    shelf = Files.createDirectories(directory.resolve("a store")).toString();
  }

  private static String chosen(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "/bin/sh",
                "-u",
                "-c",
                ". \"" + LAUNCHER + "\"; compilers_for \"$@\"; echo \"$compilers\"",
                "m4fw"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), output);
    return output.strip();
  }

  @Test
  void directoryOfPackagesIsCheckedByTheFirstOnly() throws Exception {
    assertEquals(FIRST_ONLY, chosen("adapter", "check", shelf, "--image", "x.m4img"));
    assertEquals(FIRST_ONLY, chosen("-q", "adapter", "check", "x.m4if.json", shelf, "--json"));
  }

  @Test
  void whatHashesOrComputesHasBoth() throws Exception {
    assertEquals("", chosen("adapter", "check", shelf, "--image", "x.m4img", "--full"));
    assertEquals("", chosen("adapter", "check", "x.m4adapter", "x.m4img", "--run"));
  }

  @Test
  void otherCommandsHaveBoth() throws Exception {
    assertEquals("", chosen());
    assertEquals("", chosen("--version"));
    assertEquals("", chosen("build", "recipe.json", "--out", shelf));
    assertEquals("", chosen("adapter", "check", "x.m4adapter", "x.m4img"));
  }

  @Test
  void directoryThatIsAnAdapterOrAModelIsNoShelf() throws Exception {
    Files.writeString(directory.resolve("a store/adapter_config.json"), "{}");
    assertEquals("", chosen("adapter", "check", shelf, "x.m4img"));
    Path model = Files.createDirectories(directory.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
    assertEquals("", chosen("adapter", "check", "x.m4adapter", model.toString()));
  }
}
