package org.m4fw.cli.inspect;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.m4fw.adapter.contract.InterfaceJson;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.cli.recipe.RecipeReader;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Describes JSON files by the fields that they have. */
final class JsonDescription {
  private JsonDescription() {}

  static Description of(Path file) {
    Fields fields = StrictJson.readObject(file);
    Set<String> names = fields.names();
    if (names.containsAll(Set.of("window", "ids"))) {
      return tokens(file, fields);
    }
    if (names.containsAll(Set.of("product", "components", "targets"))) {
      return recipe(file);
    }
    if (names.containsAll(Set.of("runtime", "operators", "encodings"))) {
      return target(file);
    }
    if (names.containsAll(Set.of("payload", "payloadType", "signatures"))) {
      return StatementDescription.of(file, fields.string("payloadType"));
    }
    String schema = schema(fields);
    if (schema.startsWith("m4fw/key-lineage/")) {
      return simple(file, "key-lineage", "the lineage of a developer's keys");
    }
    if (schema.startsWith("m4fw/verification-policy/")) {
      return simple(file, "verification-policy", "a policy for 'm4fw verify'");
    }
    if (schema.startsWith("m4fw/trust-root")) {
      return KeyDescription.of(file);
    }
    if (schema.startsWith("m4fw.interface/")) {
      return contract(file);
    }
    if (schema.startsWith("m4fw/lock/")) {
      return simple(file, "lock", "the lock file of a recipe");
    }
    if (schema.startsWith("m4fw/report/") || schema.startsWith("m4fw/compile/")) {
      return simple(file, "report", "a report of m4fw");
    }
    if (names.containsAll(Set.of("model", "added_tokens"))) {
      return simple(file, "tokenizer", "a Hugging Face tokenizer");
    }
    if (names.contains("model_type") || names.contains("architectures")) {
      return simple(file, "config", "the configuration of a model");
    }
    throw InspectError.UNKNOWN_JSON.at(file, "", String.join(", ", names));
  }

  private static String schema(Fields fields) {
    JsonNode schema = fields.node().get("schema");
    return schema != null && schema.isString() ? schema.stringValue() : "";
  }

  private static Description contract(Path file) {
    InterfaceRecord record = InterfaceJson.read(file);
    ObjectNode json = Description.json("interface", file).put("id", record.id());
    json.put("version", record.version().toString());
    json.put("attachment_points", record.points().size());
    json.put("weights", record.weights().toString());
    return new Description(
        List.of(
            "%s: the interface %s %s to adapters".formatted(file, record.id(), record.version()),
            "  %s attachment points, scalings %s"
                .formatted(record.points().size(), String.join(", ", record.scalings()))),
        json);
  }

  private static Description tokens(Path file, Fields fields) {
    long window = fields.integer("window", 2, 1 << 20);
    int count = fields.integers("ids", 0, Integer.MAX_VALUE).length;
    ObjectNode json = Description.json("tokens", file);
    json.put("window", window).put("ids", count).put("windows", count / window);
    return new Description(
        List.of(
            "%s: tokens for 'm4fw eval'".formatted(file),
            "  %s ids, %s full windows of %s".formatted(count, count / window, window)),
        json);
  }

  private static Description recipe(Path file) {
    Recipe recipe = RecipeReader.read(file);
    ObjectNode json = Description.json("recipe", file);
    json.put("product", recipe.product()).put("version", recipe.version());
    recipe.components().forEach(c -> json.withArray("components").add(c.name()));
    recipe.targets().forEach(t -> json.withArray("targets").add(t));
    recipe.adapters().forEach(a -> json.withArray("adapters").add(a.id()));
    return new Description(
        List.of(
            "%s: a recipe of %s %s build %s"
                .formatted(file, recipe.product(), recipe.version(), recipe.build()),
            "  components: "
                + String.join(", ", recipe.components().stream().map(c -> c.name()).toList()),
            "  targets: " + String.join(", ", recipe.targets()),
            "  adapters: "
                + String.join(", ", recipe.adapters().stream().map(a -> a.id()).toList())),
        json);
  }

  private static Description target(Path file) {
    Target target = Targets.read(file);
    ObjectNode json = Description.json("target", file).put("id", target.id());
    return new Description(
        List.of(
            "%s: the target %s".formatted(file, target.id()),
            "  %s; 'm4fw targets %s' shows more".formatted(target.description(), file)),
        json);
  }

  private static Description simple(Path file, String kind, String words) {
    return new Description(List.of("%s: %s".formatted(file, words)), Description.json(kind, file));
  }
}
