package org.m4fw.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What can only be seen in the sources. */
final class SourceTest {
  private static final int NEEDS_A_REASON = 400;
  private static final int TOO_LONG = 600;

  /** Whoever puts it on a device has to be able to read it as a whole. */
  private static final int DEVICE_VERIFIER = 1000;

  @Test
  void noFileIsTooLong() {
    assertEquals(Map.of(), longerThan(TOO_LONG));
  }

  /** The list is {@code long-files.txt}; files that have become short again have to leave it. */
  @Test
  void longFilesAreListedWithAReason() throws Exception {
    assertEquals(
        List.copyOf(reasons().keySet()),
        List.copyOf(longerThan(NEEDS_A_REASON).keySet()),
        "the files that long-files.txt lists, and those that are long");
    reasons().forEach((file, reason) -> assertEquals(false, reason.isBlank(), file));
  }

  @Test
  void theVerifierForDevicesIsShort() {
    List<String> lines =
        Repository.text(Path.of("firmware-image/device/m4fw_verify.c")).lines().toList();
    assertTrue(lines.size() < DEVICE_VERIFIER, "it has " + lines.size() + " lines");
    assertEquals(List.of(), lines.stream().filter(line -> line.length() > 100).toList());
  }

  @Test
  void everyPackageSaysWhatLivesThereAndRulesOutNulls() {
    List<Path> sources =
        Repository.javaSources().stream()
            .filter(file -> file.toString().contains("src/main/"))
            .toList();
    List<Path> silent =
        sources.stream()
            .map(Path::getParent)
            .distinct()
            .filter(directory -> !describes(sources, directory.resolve("package-info.java")))
            .toList();
    assertEquals(List.of(), silent);
  }

  private static boolean describes(List<Path> sources, Path packageInfo) {
    return sources.contains(packageInfo) && isComplete(Repository.text(packageInfo));
  }

  static boolean isComplete(String packageInfo) {
    return packageInfo.startsWith("/**") && packageInfo.contains("\n@NullMarked\n");
  }

  private static Map<String, Long> longerThan(int lines) {
    Map<String, Long> found = new TreeMap<>();
    for (Path file : Repository.javaSources()) {
      long count = Repository.text(file).lines().count();
      if (count > lines) {
        found.put(file.toString(), count);
      }
    }
    return found;
  }

  private static Map<String, String> reasons() throws IOException {
    try (var in = SourceTest.class.getResourceAsStream("long-files.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .map(line -> line.split(": ", 2))
          .collect(
              Collectors.toMap(
                  parts -> parts[0],
                  parts -> parts.length == 2 ? parts[1] : "",
                  (first, second) -> second,
                  TreeMap::new));
    }
  }
}
