package org.m4fw.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links in the documentation lead somewhere. */
final class DocumentationTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)");

  @Test
  void everyRelativeLinkLeadsToAFile() throws Exception {
    List<Path> documents = documents();
    assertTrue(documents.contains(Path.of("README.md")));
    assertEquals(List.of(), documents.stream().flatMap(DocumentationTest::dead).toList());
  }

  @Test
  void deadLinkIsNoticed() {
    assertEquals(
        List.of("docs/x.md: nowhere.md"),
        dead(Path.of("docs/x.md"), "[a](nowhere.md) [b](https://example.org) [c](../README.md#d)")
            .toList());
  }

  private static List<Path> documents() throws Exception {
    try (Stream<Path> files =
        Files.find(Repository.ROOT, 4, (file, attributes) -> file.toString().endsWith(".md"))) {
      return files
          .map(Repository.ROOT::relativize)
          .filter(file -> !file.toString().contains("target/"))
          .sorted()
          .toList();
    }
  }

  private static Stream<String> dead(Path document) {
    return dead(document, Repository.text(document));
  }

  private static Stream<String> dead(Path document, String text) {
    Path directory = Repository.ROOT.resolve(document).resolveSibling(".");
    return LINK.matcher(text)
        .results()
        .map(link -> link.group(1))
        .filter(link -> !link.contains("://"))
        .filter(link -> !Files.exists(directory.resolve(link)))
        .map(link -> document + ": " + link);
  }
}
