package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.pipeline.Build;
import org.m4fw.cli.pipeline.BuildRequest;
import org.m4fw.cli.pipeline.BuildResult;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.cli.recipe.RecipeReader;
import org.m4fw.signing.ConfigurationDirectory;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code build}. */
@CommandLine.Command(
    description = {
      "Makes a signed firmware image from a recipe: reads the checkpoints, builds the graphs for"
          + " all targets, quantizes the weights, measures what that costs, packages the adapters,"
          + " and signs. Only what changed is done again.",
      "Without an identity to sign with, a development identity does, and the image says so."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw build examples/kjv/recipe.json",
      "  m4fw build recipe.json --out dist --key keys/release --passphrase-env PASS --locked"
    })
final class BuildCommand implements Command {
  @Parameters(paramLabel = "RECIPE", description = "The recipe (docs/recipe.schema.json).")
  Path recipe = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where image and reports go (default: out/PRODUCT).")
  Optional<Path> out = Optional.empty();

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description =
          "Where results are kept that can be made again (default: M4FW_CACHE_DIR, or m4fw in the"
              + " user's cache directory).")
  Optional<Path> cache = Optional.empty();

  @Option(
      names = "--locked",
      description = "Refuse inputs that are not those of the lock file beside the recipe.")
  boolean locked;

  @Option(
      names = "--require-licences",
      description = "Refuse components and adapters without a stated licence.")
  boolean requireLicences;

  @Option(
      names = "--key",
      paramLabel = "DIR",
      description = "The identity that signs, instead of the recipe's.")
  Optional<Path> key = Optional.empty();

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Option(names = "--json", description = "Print the report as JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    Recipe read = RecipeReader.read(recipe);
    BuildRequest request =
        new BuildRequest(
            recipe,
            out.orElse(Path.of("out", read.product())),
            cache
                .map(Path::toAbsolutePath)
                .map(CacheDirectory::new)
                .orElseGet(CacheDirectory::ofUser),
            ConfigurationDirectory.ofUser(),
            locked,
            requireLicences,
            key,
            passphrase.source(chosen(read)),
            sourceDateEpoch());
    BuildResult result = Build.run(request, console.progress());
    if (json) {
      ObjectNode report = (ObjectNode) result.report().deepCopy();
      console.json(report.put("changed", result.changed()));
    } else {
      print(console, result);
    }
    result
        .development()
        .ifPresent(
            identity ->
                console.notice(
                    ("DEVELOPMENT BUILD: signed with the development identity %s; 'm4fw verify'"
                            + " refuses it without --allow-development. For a release, give an"
                            + " identity with --key or in the recipe.")
                        .formatted(identity)));
  }

  private Recipe.Passphrase chosen(Recipe read) {
    Recipe.Passphrase given = passphrase.chosen();
    return given instanceof Recipe.Passphrase.None && key.isEmpty()
        ? read.signing().map(Recipe.Signing::passphrase).orElse(given)
        : given;
  }

  private static OptionalLong sourceDateEpoch() {
    String text = Optional.ofNullable(System.getenv("SOURCE_DATE_EPOCH")).orElse("");
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!text.matches("[0-9]{1,12}")) {
      throw CommandError.OUT_OF_RANGE.at(
          "", "SOURCE_DATE_EPOCH", text, "a number of seconds since 1970");
    }
    return OptionalLong.of(Long.parseLong(text));
  }

  private static void print(Console console, BuildResult result) {
    JsonNode report = result.report();
    JsonNode image = report.path("image");
    if (!result.changed()) {
      console.line("nothing changed: %s is up to date".formatted(result.image()));
      return;
    }
    BuildTable.lines(result).forEach(console::line);
    console.line("");
    console.line("%s  %s".formatted(result.image(), Amounts.bytes(image.path("size").asLong(0))));
    console.line("  image id " + image.path("id").asString(""));
    for (JsonNode component : report.path("components")) {
      JsonNode weights = component.path("weights");
      String shared =
          component.path("targets").size() < 2
              ? ""
              : ", of which the targets share " + Amounts.bytes(weights.path("shared").asLong(0));
      console.line(
          "  weights of %s: %s%s"
              .formatted(
                  component.path("name").asString(""),
                  Amounts.bytes(weights.path("size").asLong(0)),
                  shared));
    }
    console.line("");
    console.line("Next:");
    String development = result.development().isPresent() ? " --allow-development" : "";
    String tool = "  " + ToolName.text();
    console.line("%s image list %s".formatted(tool, result.image()));
    console.line("%s verify %s%s".formatted(tool, result.image(), development));
    use(report).ifPresent(use -> console.line(use.formatted(tool, result.image())));
  }

  /** How to try the image, where that can be told without knowing what its models are for. */
  private static Optional<String> use(JsonNode report) {
    if (!report.path("tasks").isEmpty()) {
      return Optional.of("%s run %s --task " + report.path("tasks").get(0).asString());
    }
    return report.path("components").size() == 1
        ? Optional.of("%s generate %s --prompt \"In the beginning\"")
        : Optional.empty();
  }
}
