package org.m4fw.cli.recipe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the licence that a model's own files state. */
public final class Licence {
  /** A model card's front matter is at its start; more than this is not looked at. */
  private static final int CARD_BYTES = 64 << 10;

  private static final Pattern FIELD =
      Pattern.compile("^licen[sc]e:\\s*[\"']?([A-Za-z0-9][A-Za-z0-9.+ ()-]{0,100}?)[\"']?\\s*$");

  private Licence() {}

  /**
   * The licence in the front matter of a Hugging Face model card ({@code README.md}: {@code
   * license: apache-2.0}), as it is spelled there.
   */
  public static Optional<String> stated(Path directory) {
    Path card = directory.resolve("README.md");
    if (!Files.isRegularFile(card)) {
      return Optional.empty();
    }
    try (var in = Files.newInputStream(card)) {
      String text = new String(in.readNBytes(CARD_BYTES), StandardCharsets.UTF_8);
      List<String> lines = text.lines().toList();
      if (lines.isEmpty() || !lines.getFirst().strip().equals("---")) {
        return Optional.empty();
      }
      for (String line : lines.subList(1, lines.size())) {
        if (line.strip().equals("---")) {
          return Optional.empty();
        }
        Matcher field = FIELD.matcher(line);
        if (field.matches()) {
          return Optional.of(field.group(1));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      // A card that cannot be read states nothing.
      return Optional.empty();
    }
  }
}
