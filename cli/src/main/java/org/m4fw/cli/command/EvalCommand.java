package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.Fields;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.cli.adapter.TaskCatalogue;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.evaluate.Answerer;
import org.m4fw.cli.evaluate.DataSet;
import org.m4fw.cli.evaluate.Effect;
import org.m4fw.cli.evaluate.EvaluationError;
import org.m4fw.cli.evaluate.Gate;
import org.m4fw.cli.evaluate.Score;
import org.m4fw.cli.model.ModelOpener;
import org.m4fw.cli.model.ModelRequest;
import org.m4fw.cli.model.RunnableModel;
import org.m4fw.cli.pipeline.CacheDirectory;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;
import org.m4fw.host.TokenFile;
import org.m4fw.host.metric.Metric;
import org.m4fw.host.metric.UnmeasuredMetric;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.statement.StatementKind;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code eval}. */
@CommandLine.Command(
    description = {
      "Measures how good a model, an image or an adapter is.",
      "With --tokens: how well it predicts a text, as mean negative log-likelihood in nats and"
          + " perplexity. Full windows only, each starting cold. With --reference also the mean KL"
          + " divergence of the reference's predictions to these, and the share of equal first"
          + " choices; with --effect also how much of what an adapter gains on the reference it gains"
          + " here.",
      "With --data: how good its answers to questions are, by accuracy, bleu, f1, macro-f1, mae,"
          + " recall@K, rouge-1 or wer. A data set is a JSON object a line: \"text\", \"slots\", \"image\","
          + " \"audio\", \"imu\", \"labels\" ask, \"references\" says what is right"
          + " (docs/evaluation.md).",
      "A reference runs as it is, in float32 arithmetic, with the same adapter."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw eval kjv-llama --tokens eval/kjv_val.json",
      "  m4fw eval kjv-llama --tokens eval/kjv_val.json --scheme int4 --reference kjv-llama --json",
      "  m4fw eval phone.m4img --tokens licence.json --adapter licence.m4adapter --reference"
          + " kjv-llama --min-kept 0.95",
      "  m4fw eval phone.m4img --task activity --data windows.jsonl --metric accuracy --min 0.9"
    })
final class EvalCommand implements Command {
  private static final int MAX_TOKENS = 128;

  @Parameters(paramLabel = "MODEL|IMAGE", description = "The model.")
  Path model = Path.of("");

  @Option(
      names = "--tokens",
      paramLabel = "F",
      description = "Tokens to predict: {\"window\": n, \"ids\": [...]}.")
  Optional<Path> tokens = Optional.empty();

  @Option(names = "--data", paramLabel = "F", description = "Questions to answer, as JSON lines.")
  Optional<Path> data = Optional.empty();

  @Option(
      names = "--metric",
      paramLabel = "M",
      description = "With --data: how to judge (default: as the adapter's task says).")
  Optional<String> metric = Optional.empty();

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "With --data: take this path of the image (default: continue texts).")
  Optional<String> task = Optional.empty();

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "With --data: the longest answer (default: the task's, or 128).")
  Optional<Integer> maxTokens = Optional.empty();

  @Option(
      names = "--reference",
      paramLabel = "MODEL",
      description = "What to compare with: the unquantized base.")
  Optional<Path> reference = Optional.empty();

  @Option(
      names = "--effect",
      description =
          "With --tokens, --adapter and --reference: compare what the adapter gains here and there.")
  boolean effect;

  @Option(
      names = "--min-kept",
      paramLabel = "X",
      description = "As --effect, and fail if less than this share of the gain is kept.")
  Optional<Double> minKept = Optional.empty();

  @Option(
      names = "--statement",
      paramLabel = "F",
      description =
          "Write the result as a signed statement about the adapter package, to be put into it with"
              + " 'adapter pack --evaluation'.")
  Optional<Path> statement = Optional.empty();

  @Mixin IdentityOptions signer = new IdentityOptions();

  @Mixin GateOptions gates = new GateOptions();

  @Mixin ModelOptions options = new ModelOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (tokens.isPresent() == data.isPresent()) {
      throw CommandError.TOKENS_OR_DATA.at("", "");
    }
    if (tokens.isPresent()) {
      predict(console, TokenFile.read(tokens.get()));
    } else {
      answer(console, DataSet.read(data.orElseThrow()));
    }
  }

  private void predict(Console console, TokenFile file) {
    boolean affects = effect || minKept.isPresent();
    Gate gate = gates.gate();
    gate.requireFits(EvaluationReport.PERPLEXITY, true, reference.isPresent());
    if (affects && (reference.isEmpty() || options.adapter.isEmpty())) {
      throw CommandError.EFFECT_OF_WHAT.at("", minKept.isPresent() ? "--min-kept" : "--effect");
    }
    EvaluationReport report = new EvaluationReport(console, json);
    ModelRequest request = options.request(model);
    Evaluation evaluation = evaluate(console, request, file);
    Optional<Effect> found =
        affects
            ? Optional.of(
                Effect.of(request, other().orElseThrow(), evaluation, file, console.progress()))
            : Optional.empty();
    report.print(evaluation, found);
    Score score = EvaluationReport.score(evaluation);
    gate.check(model.toString(), score);
    if (minKept.isPresent() && !(found.orElseThrow().kept() >= minKept.get())) {
      throw EvaluationError.KEPT_TOO_LITTLE.at(
          model,
          "",
          Amounts.decimal(found.orElseThrow().kept(), 4),
          Amounts.decimal(minKept.get(), 4));
    }
    state(console, score, tokens.orElseThrow());
  }

  /** The reference with the same adapter, as it is otherwise. */
  private Optional<ModelRequest> other() {
    return reference.map(
        path -> {
          ModelRequest plain = ModelRequest.of(path);
          return options.adapter.map(adapter -> plain.withAdapter(adapter, alpha())).orElse(plain);
        });
  }

  private OptionalDouble alpha() {
    return options.alpha.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }

  private Evaluation evaluate(Console console, ModelRequest request, TokenFile file) {
    CacheDirectory cache = CacheDirectory.ofUser();
    try (RunnableModel runnable = ModelOpener.open(request, cache, console.progress());
        Decoder decoder = runnable.openDecoder()) {
      if (other().isEmpty()) {
        return Evaluation.of(decoder, Optional.empty(), file, console.progress());
      }
      try (RunnableModel compared =
              ModelOpener.open(other().orElseThrow(), cache, console.progress());
          Decoder right = compared.openDecoder()) {
        return Evaluation.of(decoder, Optional.of(right), file, console.progress());
      }
    }
  }

  private void answer(Console console, DataSet set) {
    if (effect || minKept.isPresent()) {
      throw CommandError.OF_TOKENS.at("", minKept.isPresent() ? "--min-kept" : "--effect");
    }
    Metric judge = metric();
    Gate gate = gates.gate();
    gate.requireFits(judge.id(), judge.lowerIsBetter(), reference.isPresent());
    double value = score(console, options.request(model), set, judge);
    OptionalDouble compared =
        other()
            .map(request -> OptionalDouble.of(score(console, request, set, judge)))
            .orElse(OptionalDouble.empty());
    Score score = new Score(judge.id(), judge.lowerIsBetter(), value, set.items().size(), compared);
    new EvaluationReport(console, json).print(score);
    gate.check(model.toString(), score);
    state(console, score, data.orElseThrow());
  }

  /** Only what passed its gates is stated. */
  private void state(Console console, Score score, Path measuredOn) {
    if (statement.isEmpty()) {
      return;
    }
    Path packaged = options.adapter.orElseThrow(this::notAbout);
    try (OpenAdapter adapter = Adapters.open(packaged, OptionalDouble.empty());
        SigningIdentity identity = signer.open()) {
      Digest subject =
          adapter.packaged().map(AdapterPackage::weightsDigest).orElseThrow(this::notAbout);
      OutputFile.write(
          statement.get(),
          SignedStatement.sign(
                  StatementKind.EVALUATION,
                  List.of(subject),
                  score.result(digest(measuredOn), build()).body(),
                  identity)
              .bytes());
      IdentityOptions.noticeDevelopment(console, identity);
    }
  }

  private ProblemException notAbout() {
    return CommandError.STATEMENT_ABOUT_WHAT.at("", "--statement");
  }

  private static Digest digest(Path file) {
    try (MappedFile mapped = MappedFile.open(file)) {
      return Digest.of(mapped.segment());
    }
  }

  /** The id of the image that was measured, if it is one. */
  private Optional<Digest> build() {
    if (!Files.isRegularFile(model) || !ImageFile.recognizes(model)) {
      return Optional.empty();
    }
    try (ImageFile file = ImageFile.open(model)) {
      return Optional.of(file.imageId());
    }
  }

  private double score(Console console, ModelRequest request, DataSet set, Metric judge) {
    try (Answerer answerer =
        task.isPresent()
            ? Answerer.ofTask(request, task.get(), maxTokens)
            : Answerer.ofModel(request, maxTokens.orElse(MAX_TOKENS), console.progress())) {
      return judge.of(answerer.answer(set, console.progress()));
    }
  }

  private Metric metric() {
    String name =
        metric
            .or(this::metricOfTask)
            .orElseThrow(() -> EvaluationError.METRIC_MISSING.at("", "--metric"));
    return Metric.of(name).orElseThrow(() -> unknown(name));
  }

  private static ProblemException unknown(String metric) {
    return UnmeasuredMetric.of(metric)
        .map(
            found ->
                EvaluationError.NOT_MEASURED.at(
                    "",
                    "--metric",
                    metric,
                    String.join(", ", TaskCatalogue.load().measuredBy(metric)),
                    found.reason()))
        .orElseGet(() -> EvaluationError.UNKNOWN_METRIC.at("", "--metric", metric, Metric.KNOWN));
  }

  /** What the task of the adapter's package says it is measured by. */
  private Optional<String> metricOfTask() {
    if (options.adapter.isEmpty()) {
      return Optional.empty();
    }
    Path file = options.adapter.get();
    try (OpenAdapter adapter = Adapters.open(file, alpha())) {
      return adapter
          .packaged()
          .flatMap(packaged -> packaged.content().task())
          .flatMap(node -> Fields.of(file.toString(), node).optionalObject("metric"))
          .flatMap(fields -> fields.optionalString("name"));
    }
  }
}
