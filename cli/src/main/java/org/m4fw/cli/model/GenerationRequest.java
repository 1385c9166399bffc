package org.m4fw.cli.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.file.FileError;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;

/**
 * One of many texts to continue: {@code {"prompt": S, "adapter": FILE, "max_tokens": N}}, a line
 * each. Adapters are relative to the file of requests; without one, the model answers alone.
 */
public record GenerationRequest(
    String prompt, Optional<Path> adapter, Optional<Integer> maxTokens) {
  private static final long MAX_BYTES = 64L << 20;
  private static final int MAX_TOKENS = 1 << 20;

  /**
   * Reads requests; blank lines are left out.
   *
   * @throws org.m4fw.base.problem.ProblemException if the file is not one of requests
   */
  public static List<GenerationRequest> read(Path file) {
    List<GenerationRequest> requests = new ArrayList<>();
    int number = 0;
    for (String line : lines(file)) {
      number++;
      if (!line.isBlank()) {
        requests.add(request(file, file + ":" + number, line));
      }
    }
    return requests;
  }

  private static List<String> lines(Path file) {
    if (!Files.isRegularFile(file)) {
      throw FileError.NOT_FOUND.at(file, "");
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw ModelError.TOO_MANY_REQUESTS.at(file, "", Files.size(file), MAX_BYTES);
      }
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(file, "", FileError.reason(e));
    }
  }

  private static GenerationRequest request(Path file, String where, String line) {
    Fields fields =
        Fields.of(where, StrictJson.parse(where, line.getBytes(StandardCharsets.UTF_8)))
            .allowOnly("adapter", "max_tokens", "prompt");
    return new GenerationRequest(
        fields.string("prompt"),
        fields.optionalString("adapter").map(file::resolveSibling),
        fields.has("max_tokens")
            ? Optional.of((int) fields.integer("max_tokens", 1, MAX_TOKENS))
            : Optional.empty());
  }
}
