package org.m4fw.cli.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LicenceTest {
  @TempDir Path directory;

  private Optional<String> stated(String card) throws IOException {
    Files.writeString(directory.resolve("README.md"), card);
    return Licence.stated(directory);
  }

  @Test
  void modelCardStatesIt() throws IOException {
    assertEquals(
        Optional.of("apache-2.0"), stated("---\nlanguage: en\nlicense: apache-2.0\n---\n# Model"));
  }

  @Test
  void quotesAreNoPartOfIt() throws IOException {
    assertEquals(Optional.of("MIT"), stated("---\nlicense: \"MIT\"\n---\n"));
  }

  @Test
  void onlyTheFrontMatterCounts() throws IOException {
    assertEquals(Optional.empty(), stated("---\nlanguage: en\n---\nlicense: mit\n"));
    assertEquals(Optional.empty(), stated("license: mit\n"));
  }

  @Test
  void noCardStatesNothing() {
    assertEquals(Optional.empty(), Licence.stated(directory));
  }
}
