package org.m4fw.host.path;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.JsonError;
import tools.jackson.databind.JsonNode;

/**
 * A path as recipes and manifests hold it; all but the first three may be left out:
 *
 * <pre>
 * {"name":S,
 *  "kind":1|2|3|4,
 *  "components":[{"name":S,"does":S},…],
 *  "adapter":S,
 *  "label_prompt":S,
 *  "labels":[S,…],
 *  "max_tokens":N,
 *  "prompt":S,
 *  "slots":{S:S,…},
 *  "steps":N,
 *  "stop":[S,…]}
 * </pre>
 */
public final class PathJson {
  private static final String[] PATH = {
    "name",
    "kind",
    "components",
    "adapter",
    "label_prompt",
    "labels",
    "max_tokens",
    "prompt",
    "slots",
    "steps",
    "stop"
  };
  private static final String[] COMPONENT = {"name", "does"};

  private static final int MAX_TOKENS = 1 << 20;
  private static final int DEFAULT_TOKENS = 128;
  private static final int MAX_STEPS = 1000;
  private static final int DEFAULT_STEPS = 20;
  private static final int MAX_STOPS = 16;
  private static final int MAX_LABELS = 10_000;
  private static final int MAX_TEXT = 1 << 16;

  private PathJson() {}

  /** The names of a path's fields. */
  public static List<String> fields() {
    return List.of(PATH);
  }

  /** The names of the fields of a component within a path. */
  public static List<String> componentFields() {
    return List.of(COMPONENT);
  }

  /**
   * Reads a path and checks that it goes the way of its kind.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PathError} or {@link JsonError}
   */
  public static ExecutionPath read(Fields fields) {
    fields.allowOnly(PATH);
    String file = fields.file();
    long number = fields.integer("kind", Integer.MIN_VALUE, Integer.MAX_VALUE);
    PathKind kind =
        PathKind.of(number)
            .orElseThrow(() -> PathError.UNKNOWN_KIND.at(file, at(fields, "kind"), number));
    boolean labels = kind == PathKind.EMBEDDING_ONLY;
    boolean tokens = kind.hasBackbone();
    List<ExecutionPath.Step> steps =
        fields.objects("components").stream().map(PathJson::step).toList();
    boolean draws = steps.stream().anyMatch(step -> step.action() == Action.DRAW);
    refuse(fields, kind, !labels, "labels", "label_prompt");
    refuse(fields, kind, labels, "prompt", "slots");
    refuse(fields, kind, !tokens, "max_tokens", "stop", "adapter");
    refuse(fields, kind, !draws, "steps");
    ExecutionPath path =
        new ExecutionPath(
            fields.string("name"),
            kind,
            steps,
            template(fields, "prompt", labels ? "" : "{" + ExecutionPath.TEXT + "}"),
            template(fields, "label_prompt", labels ? "{" + ExecutionPath.LABEL + "}" : ""),
            slots(fields),
            texts(fields, "labels", MAX_LABELS),
            texts(fields, "stop", MAX_STOPS),
            Math.toIntExact(
                fields.optionalInteger("max_tokens", 1, MAX_TOKENS).orElse(DEFAULT_TOKENS)),
            Math.toIntExact(fields.optionalInteger("steps", 1, MAX_STEPS).orElse(DEFAULT_STEPS)),
            fields.optionalString("adapter"));
    PathRules.check(file, fields.path(), path);
    return path;
  }

  private static ExecutionPath.Step step(Fields fields) {
    fields.allowOnly(COMPONENT);
    String does = fields.string("does");
    return new ExecutionPath.Step(
        fields.string("name"),
        Action.of(does)
            .orElseThrow(
                () ->
                    PathError.UNKNOWN_ACTION.at(
                        fields.file(),
                        at(fields, "does"),
                        does,
                        Stream.of(Action.values())
                            .map(Action::text)
                            .collect(Collectors.joining(", ")))));
  }

  private static void refuse(Fields fields, PathKind kind, boolean foreign, String... names) {
    for (String name : names) {
      if (foreign && fields.has(name)) {
        throw PathError.NOT_OF_THIS_KIND.at(fields.file(), at(fields, name), kind.number());
      }
    }
  }

  private static Template template(Fields fields, String name, String otherwise) {
    return Template.parse(
        fields.file(), at(fields, name), fields.optionalString(name).orElse(otherwise));
  }

  private static SortedMap<String, String> slots(Fields fields) {
    SortedMap<String, String> slots = new TreeMap<>();
    Optional<Fields> given = fields.optionalObject("slots");
    if (given.isPresent()) {
      for (String name : given.get().names()) {
        slots.put(name, bounded(given.get(), name, given.get().string(name)));
      }
    }
    return slots;
  }

  private static List<String> texts(Fields fields, String name, int most) {
    List<String> texts = fields.strings(name);
    if (texts.size() > most) {
      throw JsonError.OUT_OF_RANGE.at(
          fields.file(), at(fields, name), texts.size(), "at most %d".formatted(most));
    }
    List<String> bounded = new ArrayList<>();
    for (String text : texts) {
      if (text.isEmpty() || bounded.contains(text)) {
        throw JsonError.WRONG_TYPE.at(
            fields.file(), at(fields, name), "'" + text + "'", "texts that differ");
      }
      bounded.add(bounded(fields, name, text));
    }
    return bounded;
  }

  private static String bounded(Fields fields, String name, String text) {
    if (text.length() > MAX_TEXT) {
      throw JsonError.OUT_OF_RANGE.at(
          fields.file(),
          at(fields, name),
          "%d characters".formatted(text.length()),
          "at most %d".formatted(MAX_TEXT));
    }
    return text;
  }

  /** A path as a manifest holds it, with what its kind has and defaults written out. */
  public static JsonNode node(ExecutionPath path) {
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.put("name", path.name());
    fields.put("kind", path.kind().number());
    fields.put(
        "components",
        path.steps().stream()
            .map(step -> Map.of("name", step.component(), "does", step.action().text()))
            .toList());
    if (path.kind() == PathKind.EMBEDDING_ONLY) {
      fields.put("label_prompt", path.labelPrompt().text());
      fields.put("labels", path.labels());
    } else {
      fields.put("prompt", path.prompt().text());
      fields.put("slots", path.slots());
    }
    if (path.kind().hasBackbone()) {
      fields.put("max_tokens", path.maxTokens());
      fields.put("stop", path.stop());
    }
    if (path.does(Action.DRAW)) {
      fields.put("steps", path.denoisingSteps());
    }
    path.adapter().ifPresent(adapter -> fields.put("adapter", adapter));
    return CanonicalJson.node(fields);
  }

  private static String at(Fields fields, String name) {
    return fields.path().isEmpty() ? name : fields.path() + "." + name;
  }
}
