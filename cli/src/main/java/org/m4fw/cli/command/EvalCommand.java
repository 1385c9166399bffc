package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;
import org.m4fw.host.TokenFile;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code eval}. */
@CommandLine.Command(
    description = {
      "Measures how well a model predicts tokens: mean negative log-likelihood in nats, and"
          + " perplexity. Full windows only, each starting cold.",
      "With --reference also the mean KL divergence of the reference's predictions to these, and the"
          + " share of equal first choices."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw eval kjv-llama --tokens eval/kjv_val.json",
      "  m4fw eval kjv-llama --tokens eval/kjv_val.json --scheme int4 --reference kjv-llama --json"
    })
final class EvalCommand implements Command {
  @Parameters(paramLabel = "MODEL|IMAGE", description = "The model.")
  Path model = Path.of("");

  @Option(
      names = "--tokens",
      required = true,
      paramLabel = "F",
      description = "The tokens: {\"window\": n, \"ids\": [...]}.")
  Path tokens = Path.of("");

  @Option(
      names = "--reference",
      paramLabel = "MODEL",
      description = "A model to compare with, as it is, in float32 arithmetic.")
  Optional<Path> reference = Optional.empty();

  @Mixin ModelOptions options = new ModelOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    TokenFile file = TokenFile.read(tokens);
    CacheDirectory cache = CacheDirectory.ofUser();
    try (RunnableModel runnable =
            ModelOpener.open(options.request(model), cache, console.progress());
        Decoder decoder = runnable.openDecoder()) {
      if (reference.isPresent()) {
        ModelRequest other = ModelRequest.of(reference.get());
        try (RunnableModel compared = ModelOpener.open(other, cache, console.progress());
            Decoder right = compared.openDecoder()) {
          evaluate(console, file, decoder, Optional.of(right));
        }
      } else {
        evaluate(console, file, decoder, Optional.empty());
      }
    }
  }

  private void evaluate(Console console, TokenFile file, Decoder decoder, Optional<Decoder> other) {
    Evaluation evaluation = Evaluation.of(decoder, other, file, console.progress());
    if (json) {
      ObjectNode report = Json.object();
      Json.put(report, "nll", evaluation.nll());
      Json.put(report, "perplexity", evaluation.perplexity());
      report.put("windows", evaluation.windows()).put("predictions", evaluation.predictions());
      evaluation
          .comparison()
          .ifPresent(
              comparison -> {
                Json.put(report, "kl", comparison.kl());
                Json.put(report, "top1", comparison.top1());
              });
      console.json(report);
      return;
    }
    console.line("nll         %s nats".formatted(Amounts.decimal(evaluation.nll(), 5)));
    console.line("perplexity  " + Amounts.decimal(evaluation.perplexity(), 4));
    evaluation
        .comparison()
        .ifPresent(
            comparison -> {
              console.line("kl          %s nats".formatted(Amounts.decimal(comparison.kl(), 6)));
              console.line("top1        " + Amounts.decimal(comparison.top1(), 4));
            });
    console.line(
        "over %s predictions in %s windows"
            .formatted(evaluation.predictions(), evaluation.windows()));
  }
}
