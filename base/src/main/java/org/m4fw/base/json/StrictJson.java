package org.m4fw.base.json;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ProblemException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads JSON that may be hostile: no duplicate keys, nothing after the document, valid UTF-8,
 * bounded size, depth, string and number length.
 */
public final class StrictJson {
  /** Enough for every configuration and tokenizer file; weights have their own formats. */
  public static final long MAX_BYTES = 64L << 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxNumberLength(40)
                          .maxStringLength(16 << 20)
                          .maxNameLength(4096)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictJson() {}

  /**
   * Reads a file.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link JsonError} or {@link FileError}
   */
  public static JsonNode read(Path path) {
    try {
      if (!Files.exists(path)) {
        throw FileError.NOT_FOUND.at(path, "");
      }
      if (!Files.isRegularFile(path)) {
        throw FileError.NOT_A_REGULAR_FILE.at(path, "");
      }
      long size = Files.size(path);
      if (size > MAX_BYTES) {
        throw JsonError.TOO_LARGE.at(path, "", size, MAX_BYTES);
      }
      return parse(path.toString(), Files.readAllBytes(path));
    } catch (IOException e) {
      throw FileError.UNREADABLE.at(path, "", FileError.reason(e));
    }
  }

  /** As {@link #read} for a document that has to be an object. */
  public static Fields readObject(Path path) {
    return Fields.of(path.toString(), read(path));
  }

  /** Parses bytes; {@code file} is only for messages. */
  public static JsonNode parse(String file, byte[] bytes) {
    requireText(file, bytes);
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node == null || node.isMissingNode()) {
        throw JsonError.SYNTAX.at(file, "", "empty");
      }
      return node;
    } catch (JacksonException e) {
      throw syntax(file, e);
    }
  }

  private static void requireText(String file, byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException e) {
      throw JsonError.SYNTAX.at(file, "", "not UTF-8");
    }
  }

  private static ProblemException syntax(String file, JacksonException e) {
    String where =
        e.getLocation() == null
            ? ""
            : "line %s, column %s"
                .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    String what = e.getOriginalMessage();
    return JsonError.SYNTAX.at(
        file, where, what == null ? "?" : what.lines().findFirst().orElse("?"));
  }
}
