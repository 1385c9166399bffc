package org.m4fw.tests.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the launcher finds a JDK, tried with directories that look like one. */
@Timeout(60)
final class JdkSearchTest {
  private static final Path SCRIPT =
      Path.of(System.getProperty("m4fw.root"), "cli", "launcher", "jdk.sh");
  private static final String FIND = "find_jdk && echo \"$java_home $version\"";

  private record Result(int exitCode, String output, String errors) {}

  @TempDir Path directory;

  @Test
  void jdkThatIsNamedIsTaken() throws Exception {
    Path jdk = jdk("jdk", "25.0.3");
    Result result = sh(FIND, Map.of("M4FW_JAVA_HOME", jdk.toString()));
    assertEquals(new Result(0, jdk + " 25.0.3\n", ""), result);
  }

  @Test
  void newerJdkIsTakenToo() throws Exception {
    Path jdk = jdk("jdk", "26");
    assertEquals(jdk + " 26\n", sh(FIND, Map.of("JAVA_HOME", jdk.toString())).output());
  }

  @Test
  void namedJdkThatIsTooOldIsRefused() throws Exception {
    Path jdk = jdk("jdk", "17.0.15");
    Result result = sh(FIND, Map.of("M4FW_JAVA_HOME", jdk.toString()));
    assertEquals(3, result.exitCode());
    assertTrue(
        result.errors().contains(jdk + ", with Java 17.0.15; m4fw needs a JDK 25 or newer"),
        result.errors());
    assertTrue(result.errors().contains("m4fw: hint: "), result.errors());
  }

  @Test
  void namedDirectoryWithoutJavaIsRefused() throws Exception {
    Result result = sh(FIND, Map.of("M4FW_JAVA_HOME", directory.toString()));
    assertEquals(3, result.exitCode());
    assertTrue(result.errors().contains("there is no bin/java in it"), result.errors());
  }

  @Test
  void javaHomeThatIsTooOldIsPassedOver() throws Exception {
    Path old = jdk("old", "17.0.15");
    Path jdk = jdk(".sdkman/candidates/java/25.0.1-tem", "25.0.1");
    Result result = sh("fits \"$JAVA_HOME\" || echo no", Map.of("JAVA_HOME", old.toString()));
    assertEquals("no\n", result.output());
    assertEquals("", sh("fits " + jdk + " || echo no", Map.of()).output());
  }

  @Test
  void runtimeWithoutCompilerDoesNotFit() throws Exception {
    Path jdk = jdk("jre", "25.0.3");
    Files.delete(jdk.resolve("bin/javac"));
    assertEquals("no\n", sh("fits " + jdk + " || echo no", Map.of()).output());
  }

  @Test
  void oldSchemeOfVersionsIsUnderstood() throws Exception {
    Path jdk = jdk("eight", "1.8.0_452");
    assertEquals("8\n", sh("version_of " + jdk + "; echo $major", Map.of()).output());
  }

  @Test
  void javaWithoutAReleaseFileIsAsked() throws Exception {
    Path jdk = jdk("plain", "25.0.2");
    Files.delete(jdk.resolve("release"));
    assertEquals("25\n", sh("version_of " + jdk + "; echo $major", Map.of()).output());
  }

  @Test
  void linksAreFollowedToTheJdk() throws Exception {
    Path jdk = jdk("jdk", "25.0.3");
    Path first = Files.createSymbolicLink(directory.resolve("java"), jdk.resolve("bin/java"));
    Path second = Files.createSymbolicLink(directory.resolve("second"), Path.of("java"));
    assertEquals(
        jdk.resolve("bin/java") + "\n",
        sh("follow " + second + "; echo \"$followed\"", Map.of()).output());
    assertTrue(Files.isSymbolicLink(first));
  }

  /** Makes something that looks like a JDK. */
  private Path jdk(String name, String version) throws Exception {
    Path home = directory.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(
        home.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
    for (String program : List.of("java", "javac")) {
      Path file = home.resolve("bin").resolve(program);
      Files.writeString(
          file, "#!/bin/sh\necho 'openjdk version \"" + version + "\" 2026-01-01' >&2\n");
      assertTrue(file.toFile().setExecutable(true));
    }
    return home;
  }

  private Result sh(String script, Map<String, String> environment) throws Exception {
    Path errors = directory.resolve("errors");
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-u", "-c", ". \"" + SCRIPT + "\"; " + script));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    Map<String, String> variables = new TreeMap<>(environment);
    variables.put("PATH", System.getenv("PATH"));
    variables.put("HOME", directory.toString());
    builder.environment().clear();
    builder.environment().putAll(variables);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return new Result(process.exitValue(), output, Files.readString(errors));
  }
}
