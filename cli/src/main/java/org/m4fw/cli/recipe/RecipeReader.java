package org.m4fw.cli.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.host.path.Action;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.host.path.PathJson;
import org.m4fw.quantizer.method.MethodChoice;
import tools.jackson.databind.JsonNode;

/** Reads a recipe, refusing whatever {@code docs/recipe.schema.json} does not know. */
public final class RecipeReader {
  static final String[] RECIPE = {
    "$schema",
    "product",
    "version",
    "build",
    "rollback",
    "components",
    "targets",
    "adapters",
    "paths",
    "revocations",
    "signing"
  };
  static final String[] ROLLBACK = {"domain", "index"};
  static final String[] COMPONENT = {
    "name",
    "model",
    "parts",
    "options",
    "scheme",
    "overrides",
    "method",
    "calibration",
    "smooth",
    "observer",
    "min_sqnr",
    "bits",
    "budget",
    "interface",
    "source",
    "revision",
    "licence",
    "evaluation",
    "sizes",
    "on_host"
  };

  /** Those of {@link org.m4fw.graph.importer.ImportOptions}. */
  static final String[] OPTIONS = {"adapter_slots", "imu_stride", "text_causal_mask"};

  static final String[] INTERFACE = {"id", "version", "released"};
  static final String[] EVALUATION = {"tokens"};
  static final String[] ADAPTER = {
    "dir",
    "id",
    "version",
    "component",
    "alpha",
    "task",
    "source",
    "revision",
    "licence",
    "evaluation"
  };
  static final String[] SIGNING = {"key", "passphrase"};
  static final String[] PASSPHRASE = {"env", "file"};

  static final List<String> SCHEMES =
      List.of(
          "f32",
          "f16",
          "int8",
          "int4",
          "int4-g32",
          "int4-g64",
          "int4-g128",
          "int4-g32-asym",
          "int4-g64-asym",
          "int4-g128-asym");

  /** The largest integer that a manifest can hold exactly. */
  private static final long MAX_INTEGER = (1L << 53) - 1;

  /** Of an axis, in elements. */
  private static final long MAX_SIZE = 999_999_999;

  private final Path file;

  private RecipeReader(Path file) {
    this.file = file;
  }

  /**
   * Reads and checks a recipe; does not look at the files it names.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link RecipeError}, {@link
   *     org.m4fw.base.json.JsonError} or {@link org.m4fw.base.file.FileError}
   */
  public static Recipe read(Path file) {
    return new RecipeReader(file).recipe(StrictJson.readObject(file).allowOnly(RECIPE));
  }

  private Recipe recipe(Fields fields) {
    List<Recipe.Component> components =
        fields.objects("components").stream().map(this::component).toList();
    require(!components.isEmpty(), fields, "components");
    refuseTwins(fields, "components", components.stream().map(Recipe.Component::name).toList());
    List<String> names = components.stream().map(Recipe.Component::name).toList();
    List<String> targets = fields.strings("targets").stream().map(this::target).toList();
    require(!targets.isEmpty(), fields, "targets");
    refuseTwins(fields, "targets", targets);
    List<Recipe.Adapter> adapters =
        fields.objects("adapters").stream().map(adapter -> adapter(adapter, names)).toList();
    refuseTwins(fields, "adapters", adapters.stream().map(Recipe.Adapter::id).toList());
    List<ExecutionPath> paths =
        fields.objects("paths").stream().map(path -> executionPath(path, names, adapters)).toList();
    refuseTwins(fields, "paths", paths.stream().map(ExecutionPath::name).toList());
    Fields rollback = fields.object("rollback").allowOnly(ROLLBACK);
    return new Recipe(
        file,
        name(fields, "product"),
        version(fields),
        fields.integer("build", 0, MAX_INTEGER),
        new Recipe.Rollback(name(rollback, "domain"), rollback.integer("index", 0, MAX_INTEGER)),
        components,
        targets,
        adapters,
        paths,
        fields.optionalString("revocations").map(this::resolve),
        fields.optionalObject("signing").map(this::signing));
  }

  private Recipe.Component component(Fields fields) {
    fields.allowOnly(COMPONENT);
    SortedMap<String, String> overrides = new TreeMap<>();
    fields
        .optionalObject("overrides")
        .ifPresent(o -> o.names().forEach(weight -> overrides.put(weight, scheme(o, weight))));
    String name = fields.string("name");
    if (!name.matches("[a-z0-9][a-z0-9-]{0,23}")) {
      throw RecipeError.BAD_COMPONENT_NAME.at(file, at(fields, "name"), name);
    }
    return new Recipe.Component(
        name,
        resolve(fields.string("model")),
        parts(fields),
        options(fields),
        scheme(fields, "scheme"),
        overrides,
        rounding(fields),
        fields
            .optionalObject("interface")
            .map(this::contract)
            .orElse(new Recipe.Interface("m4." + name, "1.0.0", Optional.empty())),
        origin(fields),
        evaluation(fields),
        fields.objects("sizes").stream().map(RecipeReader::sizes).toList(),
        fields.strings("on_host").stream().map(this::target).toList());
  }

  private static SortedMap<String, Long> sizes(Fields fields) {
    SortedMap<String, Long> sizes = new TreeMap<>();
    fields.names().forEach(axis -> sizes.put(axis, fields.integer(axis, 0, MAX_SIZE)));
    return sizes;
  }

  private Recipe.Rounding rounding(Fields fields) {
    return new Recipe.Rounding(
        fields.optionalString("method").orElse(MethodChoice.AUTO),
        fields.optionalString("calibration").map(this::resolve),
        fields.has("smooth") ? Optional.of(fields.number("smooth")) : Optional.empty(),
        fields.optionalString("observer"),
        fields.has("min_sqnr") ? Optional.of(fields.number("min_sqnr")) : Optional.empty(),
        fields.has("bits") ? Optional.of(fields.number("bits")) : Optional.empty(),
        fields.optionalString("budget"));
  }

  private List<String> parts(Fields fields) {
    List<String> parts = fields.strings("parts");
    refuseTwins(fields, "parts", parts);
    return parts;
  }

  private static SortedMap<String, JsonNode> options(Fields fields) {
    SortedMap<String, JsonNode> options = new TreeMap<>();
    fields
        .optionalObject("options")
        .map(stated -> stated.allowOnly(OPTIONS))
        .ifPresent(stated -> stated.names().forEach(o -> options.put(o, stated.node().get(o))));
    return options;
  }

  private Recipe.Interface contract(Fields fields) {
    fields.allowOnly(INTERFACE);
    return new Recipe.Interface(
        name(fields, "id"), version(fields), fields.optionalString("released").map(this::resolve));
  }

  private Recipe.Adapter adapter(Fields fields, List<String> components) {
    fields.allowOnly(ADAPTER);
    String id = fields.string("id");
    if (!id.matches("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+") || id.length() > 100) {
      throw RecipeError.BAD_ADAPTER_ID.at(file, at(fields, "id"), id);
    }
    Optional<String> component = fields.optionalString("component");
    component.ifPresent(name -> known(fields, "component", name, components));
    if (component.isEmpty() && components.size() > 1) {
      throw RecipeError.COMPONENT_NEEDED.at(file, fields.path(), String.join(", ", components));
    }
    return new Recipe.Adapter(
        resolve(fields.string("dir")),
        id,
        version(fields),
        component.orElse(components.getFirst()),
        fields.has("alpha") ? Optional.of(fields.number("alpha")) : Optional.empty(),
        fields.optionalObject("task").map(Fields::node),
        origin(fields),
        evaluation(fields));
  }

  private ExecutionPath executionPath(
      Fields fields, List<String> components, List<Recipe.Adapter> adapters) {
    ExecutionPath path = PathJson.read(fields);
    name(fields, "name");
    path.components().forEach(name -> known(fields, "components", name, components));
    List<String> fitting =
        adapters.stream()
            .filter(
                adapter ->
                    path.step(Action.CONTINUE)
                        .filter(step -> step.component().equals(adapter.component()))
                        .isPresent())
            .map(Recipe.Adapter::id)
            .toList();
    path.adapter()
        .filter(id -> !fitting.contains(id))
        .ifPresent(
            id -> {
              throw RecipeError.UNKNOWN_ADAPTER.at(
                  file, at(fields, "adapter"), id, String.join(", ", fitting));
            });
    return path;
  }

  private Recipe.Signing signing(Fields fields) {
    fields.allowOnly(SIGNING);
    return new Recipe.Signing(
        resolve(fields.string("key")),
        fields
            .optionalObject("passphrase")
            .map(this::passphrase)
            .orElse(new Recipe.Passphrase.None()));
  }

  private Recipe.Passphrase passphrase(Fields fields) {
    fields.allowOnly(PASSPHRASE);
    Optional<String> variable = fields.optionalString("env");
    Optional<Path> path = fields.optionalString("file").map(this::resolve);
    if (variable.isPresent() && path.isPresent()) {
      throw RecipeError.TWO_PASSPHRASES.at(file, fields.path());
    }
    return variable
        .<Recipe.Passphrase>map(Recipe.Passphrase.Variable::new)
        .or(() -> path.map(Recipe.Passphrase.InFile::new))
        .orElseThrow(() -> RecipeError.NO_PASSPHRASE.at(file, fields.path()));
  }

  private Optional<Path> evaluation(Fields fields) {
    return fields
        .optionalObject("evaluation")
        .map(evaluation -> resolve(evaluation.allowOnly(EVALUATION).string("tokens")));
  }

  private static Recipe.Origin origin(Fields fields) {
    return new Recipe.Origin(
        fields.optionalString("source").orElse(""),
        fields.optionalString("revision").orElse(""),
        fields.optionalString("licence").orElse(""));
  }

  private String name(Fields fields, String field) {
    String name = fields.string(field);
    if (!name.matches("[a-z0-9][a-z0-9._-]{0,62}")) {
      throw RecipeError.BAD_NAME.at(file, at(fields, field), name);
    }
    return name;
  }

  private String version(Fields fields) {
    String version = fields.string("version");
    if (!version.matches("(0|[1-9]\\d{0,8})(\\.(0|[1-9]\\d{0,8})){2}(-[0-9A-Za-z.-]{1,40})?")) {
      throw RecipeError.BAD_VERSION.at(file, at(fields, "version"), version);
    }
    return version;
  }

  private String scheme(Fields fields, String field) {
    String scheme = fields.string(field);
    if (!SCHEMES.contains(scheme)) {
      throw RecipeError.UNKNOWN_SCHEME.at(
          file, at(fields, field), scheme, String.join(", ", SCHEMES));
    }
    return scheme;
  }

  /** A target file is relative to the recipe too. */
  private String target(String target) {
    return target.contains("/") || target.endsWith(".json") ? resolve(target).toString() : target;
  }

  private Path resolve(String path) {
    Path parent = file.getParent();
    return parent == null ? Path.of(path) : parent.resolve(path);
  }

  private void known(Fields fields, String field, String name, List<String> components) {
    if (!components.contains(name)) {
      throw RecipeError.UNKNOWN_COMPONENT.at(
          file, at(fields, field), name, String.join(", ", components));
    }
  }

  private void require(boolean present, Fields fields, String field) {
    if (!present) {
      throw RecipeError.EMPTY.at(file, at(fields, field));
    }
  }

  private void refuseTwins(Fields fields, String field, List<String> names) {
    Set<String> seen = new TreeSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw RecipeError.DUPLICATE.at(file, at(fields, field), name);
      }
    }
  }

  private static String at(Fields fields, String field) {
    return fields.path().isEmpty() ? field : fields.path() + "." + field;
  }
}
