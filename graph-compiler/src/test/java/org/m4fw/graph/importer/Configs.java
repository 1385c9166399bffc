package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;

/** Configurations as text, and their refusals. */
final class Configs {
  private Configs() {}

  /** {@code json} with ' for ". */
  static Fields of(String json) {
    byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return Fields.of("config.json", StrictJson.parse("config.json", bytes));
  }

  /** Expects a refusal that names the file and the field. */
  static void refused(Consumer<Fields> reader, String json, ErrorCode code, String field) {
    Problem problem = assertThrows(ProblemException.class, () -> reader.accept(of(json))).problem();
    assertEquals(code, problem.code(), problem.text());
    assertEquals("config.json", problem.file());
    assertEquals(field, problem.item());
  }
}
