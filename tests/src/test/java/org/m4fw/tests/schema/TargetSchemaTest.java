package org.m4fw.tests.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.m4fw.base.json.StrictJson;
import org.m4fw.targets.FigureName;
import org.m4fw.targets.Targets;
import tools.jackson.databind.JsonNode;

/** {@code docs/target.schema.json} says what the reader of targets accepts. */
final class TargetSchemaTest {
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(StrictJson.read(docs("target.schema.json")));

  static List<String> targets() {
    return Targets.ids();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void builtInTargetIsValid(String id) throws Exception {
    assertEquals(List.of(), errors(builtIn(id)));
  }

  @ParameterizedTest
  @MethodSource("targets")
  void targetWithAnUnknownFieldIsNot(String id) throws Exception {
    assertFalse(errors(builtIn(id).replaceFirst("\\{", "{\"colour\": \"red\",")).isEmpty());
  }

  @Test
  void everyKindOfFigureIsDescribed() {
    JsonNode described =
        StrictJson.read(docs("target.schema.json")).at("/properties/figures/properties");
    assertEquals(
        Arrays.stream(FigureName.values()).map(FigureName::key).sorted().toList(),
        described.propertyNames().stream().sorted().toList());
  }

  private static List<Error> errors(String json) {
    return SCHEMA.validate(StrictJson.parse("target", json.getBytes(StandardCharsets.UTF_8)));
  }

  private static String builtIn(String id) throws Exception {
    try (var in = Targets.class.getResourceAsStream(id + ".json")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Path docs(String name) {
    return Path.of(System.getProperty("m4fw.root"), "docs", name);
  }
}
