package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.model.AdapterSwitch;
import org.m4fw.cli.model.GenerationRequest;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.Decoder;
import org.m4fw.host.Generation;
import org.m4fw.host.Sampler;
import org.m4fw.host.text.Tokenizer;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code generate}. */
@CommandLine.Command(
    description = {
      "Continues a text. Greedy, so that the same command gives the same text, unless a"
          + " temperature is given. Whether a start token comes first, the tokenizer file decides.",
      "With --requests, continues many, each with an adapter of its own if it names one. The model is"
          + " loaded once; adapters are loaded when they are first named, and switching between them"
          + " costs nothing."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw generate kjv-llama --prompt \"And the LORD said unto\"",
      "  m4fw generate pixel7pro.m4img --prompt \"In the\" --max-tokens 20 --json",
      "  m4fw generate pixel7pro.m4img --requests requests.jsonl --json"
    })
final class GenerateCommand implements Command {
  @Parameters(paramLabel = "MODEL|IMAGE", description = "The model.")
  Path model = Path.of("");

  @Option(names = "--prompt", paramLabel = "TEXT", description = "The beginning.")
  Optional<String> prompt = Optional.empty();

  @Option(
      names = "--requests",
      paramLabel = "F",
      description =
          "Many beginnings, a JSON object a line: {\"prompt\": S, \"adapter\": FILE, \"max_tokens\": N};"
              + " adapters are relative to F.")
  Optional<Path> requests = Optional.empty();

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "The most tokens to make (default: 128).")
  int maxTokens = 128;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Choose tokens by chance, more widely the higher it is; 0 is greedy (default).")
  double temperature;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The same seed gives the same text (default: 0).")
  long seed;

  @Mixin ModelOptions options = new ModelOptions();

  @Option(names = "--json", description = "Print JSON: prompt_ids, ids without the prompt, text.")
  boolean json;

  @Override
  public void run(Console console) {
    if (maxTokens < 1) {
      throw CommandError.OUT_OF_RANGE.at("", "--max-tokens", maxTokens, "at least 1");
    }
    if (!(temperature >= 0) || temperature > 100) {
      throw CommandError.OUT_OF_RANGE.at("", "--temperature", temperature, "0 to 100");
    }
    if (prompt.isPresent() == requests.isPresent()) {
      throw CommandError.PROMPT_OR_REQUESTS.at("", "");
    }
    if (requests.isPresent() && options.adapter.isPresent()) {
      throw CommandError.ADAPTER_OF_REQUEST.at("", "--adapter");
    }
    List<GenerationRequest> many = requests.map(GenerationRequest::read).orElse(List.of());
    try (RunnableModel runnable =
            ModelOpener.open(options.request(model), CacheDirectory.ofUser(), console.progress());
        Tokenizer tokenizer = runnable.openTokenizer();
        Decoder decoder = runnable.openDecoder()) {
      if (prompt.isPresent()) {
        one(console, tokenizer, decoder, prompt.get());
      } else {
        many(console, tokenizer, decoder, many);
      }
    }
  }

  private Sampler sampler() {
    return temperature == 0 ? Sampler.greedy() : Sampler.random(temperature, seed);
  }

  private void one(Console console, Tokenizer tokenizer, Decoder decoder, String beginning) {
    Spoken spoken = new Spoken(console, tokenizer);
    Generation generation =
        Generation.run(
            decoder,
            tokenizer.encode(beginning),
            maxTokens,
            sampler(),
            json ? token -> {} : spoken::add);
    if (json) {
      console.json(report(tokenizer, generation));
    } else {
      console.line("");
    }
  }

  private void many(
      Console console, Tokenizer tokenizer, Decoder decoder, List<GenerationRequest> beginnings) {
    try (AdapterSwitch adapters = new AdapterSwitch(decoder, console.progress());
        Progress.Stage stage = console.progress().stage("continue texts", beginnings.size())) {
      for (GenerationRequest request : beginnings) {
        Generation generation =
            Generation.run(
                adapters.decoder(request.adapter()),
                tokenizer.encode(request.prompt()),
                request.maxTokens().orElse(maxTokens),
                sampler(),
                token -> {});
        ObjectNode report = report(tokenizer, generation);
        request.adapter().ifPresent(adapter -> report.put("adapter", adapter.toString()));
        console.line(
            json ? report.toString() : request.prompt() + report.get("text").stringValue());
        stage.advance(1);
      }
      stage.detail(adapters.loaded() + " adapters loaded");
    }
  }

  private static ObjectNode report(Tokenizer tokenizer, Generation generation) {
    ObjectNode report = Json.object();
    generation.prompt().forEach(report.putArray("prompt_ids")::add);
    generation.ids().forEach(report.putArray("ids")::add);
    report.put("text", tokenizer.decode(array(generation.ids())));
    return report.put("ended", generation.ended());
  }

  private static long[] array(List<Long> ids) {
    return ids.stream().mapToLong(Long::longValue).toArray();
  }

  /** Shows text while it is made: a character may need several tokens, so only whole ones. */
  private static final class Spoken {
    private final Console console;
    private final Tokenizer tokenizer;
    private final List<Long> ids = new ArrayList<>();
    private String shown = "";

    Spoken(Console console, Tokenizer tokenizer) {
      this.console = console;
      this.tokenizer = tokenizer;
    }

    void add(long id) {
      ids.add(id);
      String text = tokenizer.decode(array(ids));
      if (text.startsWith(shown) && !text.endsWith("\uFFFD")) {
        console.part(text.substring(shown.length()));
        shown = text;
      }
    }
  }
}
