package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.estimate.Lengths;
import org.m4fw.cli.estimate.PaperReport;
import org.m4fw.cli.estimate.RecipeEstimate;
import org.m4fw.cli.estimate.Report;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.cli.recipe.RecipeReader;
import org.m4fw.targets.Targets;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code estimate}. */
@CommandLine.Command(
    description = {
      "Says how long the paths of a recipe take on its targets at least, and how long they can be"
          + " expected to take, with the memory, storage and energy that they need. Nothing is run:"
          + " all follows from the sizes of the graphs and the figures of the target files, which"
          + " 'm4fw targets T' shows with their sources.",
      "With --paper it computes the tables of \"Mobile Foundation Model as Firmware\" from the published"
          + " components, beside the paper's own figures, and says which of those break a physical"
          + " limit. That needs no files."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw estimate examples/m4-tiny/recipe.json",
      "  m4fw estimate examples/m4-tiny/recipe.json --target jetson-orin-nx --prompt-tokens 256",
      "  m4fw estimate --paper --report paper.html"
    })
final class EstimateCommand implements Command {
  private static final int MOST_TOKENS = 1 << 20;

  @Parameters(paramLabel = "RECIPE", arity = "0..1", description = "The recipe.")
  Optional<Path> recipe = Optional.empty();

  @Option(
      names = "--target",
      paramLabel = "T",
      description = "A target, or a target file, in the place of the recipe's; may be repeated.")
  List<String> targets = new ArrayList<>();

  @Option(
      names = "--prompt-tokens",
      paramLabel = "N",
      defaultValue = "47",
      description = "Tokens that the backbone reads at once (default: ${DEFAULT-VALUE}).")
  int prompt;

  @Option(
      names = "--answer-tokens",
      paramLabel = "N",
      defaultValue = "16",
      description = "Tokens that it writes (default: ${DEFAULT-VALUE}).")
  int answer;

  @Option(names = "--paper", description = "Compute the paper's tables.")
  boolean paper;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write the estimate there, too: as a page with plots if the name ends in .html, else as"
              + " JSON, as both into a directory.")
  Optional<Path> file = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    check("--prompt-tokens", prompt);
    check("--answer-tokens", answer);
    if (paper == recipe.isPresent()) {
      throw CommandError.RECIPE_OR_PAPER.at("", "");
    }
    Report report = paper ? PaperReport.make(console.progress()) : recipe(recipe.orElseThrow());
    file.ifPresent(path -> ReportFiles.write(path, report::jsonFile, report::page));
    if (json) {
      console.json(report.json());
    } else {
      report.print(console);
    }
  }

  private Report recipe(Path path) {
    Recipe read = RecipeReader.read(path);
    List<String> wanted = targets.isEmpty() ? read.targets() : targets;
    return RecipeEstimate.of(
        read, wanted.stream().map(Targets::find).toList(), new Lengths(prompt, answer));
  }

  private static void check(String option, int tokens) {
    if (tokens < 1 || tokens > MOST_TOKENS) {
      throw CommandError.OUT_OF_RANGE.at("", option, tokens, "1 to " + MOST_TOKENS);
    }
  }
}
