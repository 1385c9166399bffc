package org.m4fw.cli.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.m4fw.base.json.StrictJson;
import org.m4fw.host.path.PathJson;
import org.m4fw.quantizer.activation.Observer;
import org.m4fw.quantizer.method.MethodChoice;
import tools.jackson.databind.JsonNode;

/** {@code docs/recipe.schema.json} says what the reader of recipes accepts. */
final class RecipeSchemaTest {
  private static final Path ROOT = Path.of(System.getProperty("m4fw.root"));
  private static final JsonNode DOCUMENT = StrictJson.read(ROOT.resolve("docs/recipe.schema.json"));
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(DOCUMENT);

  @Test
  void exampleIsValid() {
    Path example = ROOT.resolve("examples/kjv/recipe.json");
    assertEquals(List.of(), SCHEMA.validate(StrictJson.read(example)));
    assertEquals("pixel7pro", RecipeReader.read(example).product());
  }

  @Test
  void recipeWithAnUnknownFieldIsNot() {
    String json = StrictJson.read(ROOT.resolve("examples/kjv/recipe.json")).toString();
    byte[] wrong = json.replaceFirst("\\{", "{\"colour\":1,").getBytes(StandardCharsets.UTF_8);
    assertFalse(SCHEMA.validate(StrictJson.parse("recipe", wrong)).isEmpty());
  }

  @Test
  void schemaAndReaderKnowTheSameFields() {
    sameFields(RecipeReader.RECIPE, "");
    sameFields(RecipeReader.ROLLBACK, "/properties/rollback");
    sameFields(RecipeReader.COMPONENT, "/$defs/component");
    sameFields(RecipeReader.OPTIONS, "/$defs/component/properties/options");
    sameFields(RecipeReader.INTERFACE, "/$defs/component/properties/interface");
    sameFields(RecipeReader.EVALUATION, "/$defs/evaluation");
    sameFields(RecipeReader.ADAPTER, "/$defs/adapter");
    sameFields(PathJson.fields().toArray(String[]::new), "/$defs/path");
    sameFields(
        PathJson.componentFields().toArray(String[]::new),
        "/$defs/path/properties/components/items");
    sameFields(RecipeReader.SIGNING, "/properties/signing");
    sameFields(RecipeReader.PASSPHRASE, "/properties/signing/properties/passphrase");
  }

  @Test
  void schemaAndReaderKnowTheSameSchemes() {
    assertEquals(RecipeReader.SCHEMES, known("/$defs/scheme/enum"));
  }

  @Test
  void schemaAndReaderKnowTheSameMethodsAndObservers() {
    assertEquals(MethodChoice.IDS, known("/$defs/component/properties/method/enum"));
    assertEquals(
        Observer.ALL.stream().map(Observer::id).toList(),
        known("/$defs/component/properties/observer/enum"));
  }

  private static List<String> known(String pointer) {
    return StreamSupport.stream(DOCUMENT.at(pointer).spliterator(), false)
        .map(JsonNode::stringValue)
        .toList();
  }

  private static void sameFields(String[] read, String pointer) {
    JsonNode object = DOCUMENT.at(pointer);
    assertEquals(false, object.get("additionalProperties").booleanValue(), pointer);
    assertEquals(
        Arrays.stream(read).sorted().toList(),
        object.get("properties").propertyNames().stream().sorted().toList(),
        pointer);
  }
}
