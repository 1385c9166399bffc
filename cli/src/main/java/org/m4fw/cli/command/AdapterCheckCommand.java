package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.Finding;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.base.digest.Digest;
import org.m4fw.cli.adapter.AnswerRun;
import org.m4fw.cli.adapter.Distrust;
import org.m4fw.cli.adapter.PackageEvaluation;
import org.m4fw.cli.adapter.Shelf;
import org.m4fw.cli.adapter.VendorVerdicts;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.inspect.EvaluationShown;
import org.m4fw.image.ImageFile;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code adapter check}. */
@CommandLine.Command(
    description = {
      "Says whether an adapter can be loaded on a base: accept, provisional (it loads, but nobody"
          + " measured how well it works there), carry (one that was carried over from it fits) or"
          + " reject; and everything that speaks against it or is worth knowing.",
      "A directory of packages is checked as a whole, on all cores: a line for each, or with --json"
          + " a JSON document a line. Exit code 1 if anything is rejected."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw adapter check my-lora pixel7pro.m4img",
      "  m4fw adapter check licence.m4adapter --image pixel7pro.m4img --run",
      "  m4fw adapter check store/ --image pixel7pro.m4img --root trust-root.json --json",
      "  m4fw adapter check --explain point-width"
    })
final class AdapterCheckCommand implements Command {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "ADAPTER",
      description = "A package, an adapter's directory, or a directory of packages.")
  Optional<Path> adapter = Optional.empty();

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "BASE",
      description = "An image, an interface file (.m4if.json), or a checkpoint.")
  Optional<Path> base = Optional.empty();

  @Option(names = "--image", paramLabel = "BASE", description = "The same as BASE.")
  Optional<Path> image = Optional.empty();

  @Option(
      names = "--run",
      description =
          "Run the package's known answers on the image's graphs, for every target whose graphs run"
              + " here.")
  boolean answers;

  @Option(
      names = "--full",
      description = "Of a directory of packages, read everything: digests and all values.")
  boolean full;

  @Option(
      names = "--explain",
      paramLabel = "CODE",
      description = "Say what a code of a decision, a change or an error means.")
  Optional<String> code = Optional.empty();

  @Option(
      names = "--adapter-alpha",
      paramLabel = "N",
      description = "The LoRA alpha, where the adapter's format does not hold it.")
  Optional<Double> alpha = Optional.empty();

  @Option(
      names = "--verdict",
      paramLabel = "F",
      description =
          "A verdict that the vendor signed ('adapter verdict'), or a directory of .m4verdict files;"
              + " may be given several times. Needs --root or --allow-development.")
  List<Path> said = List.of();

  @Mixin TrustOptions trust = new TrustOptions();

  @Mixin BaseOptions options = new BaseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (code.isPresent()) {
      AdapterCodes.explain(code.get()).forEach(console::line);
      return;
    }
    Path given = adapter.orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "ADAPTER"));
    Path against =
        image.or(() -> base).orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "BASE"));
    if (Files.isDirectory(given) && !Shelf.packages(given).isEmpty()) {
      shelf(console, given, against, options.choose(against));
    } else {
      single(console, given, against);
    }
  }

  /** The id of the image that is asked about, if the base is one. */
  private static Optional<Digest> build(Path base) {
    if (!Files.isRegularFile(base) || !ImageFile.recognizes(base)) {
      return Optional.empty();
    }
    try (ImageFile file = ImageFile.open(base)) {
      return Optional.of(file.imageId());
    }
  }

  private void single(Console console, Path given, Path against) {
    OptionalDouble factor = alpha.map(OptionalDouble::of).orElse(OptionalDouble.empty());
    try (OpenAdapter open = Adapters.open(given, factor)) {
      InterfaceRecord offered = options.choose(against, open);
      Optional<Digest> build = build(against);
      VendorVerdicts vendor = verdicts(offered, build);
      Evidence evidence =
          Evidence.of(build)
              .withUntrusted(untrusted(open))
              .withVendor(open.packaged().flatMap(found -> vendor.about(found.imageId())));
      List<AnswerRun.Result> results =
          answers ? runAnswers(console, open, given, against, offered) : List.of();
      if (!results.isEmpty()) {
        evidence =
            evidence.withKnownAnswers(AnswerRun.judge(open.packaged().orElseThrow(), results));
      }
      Verdict verdict = open.decide(offered, evidence);
      List<String> elsewhere = answers ? AnswerRun.elsewhere(against, offered) : List.of();
      print(console, open, offered, verdict, results, elsewhere, evaluation(open));
      RequiredFit.check(given, offered, verdict);
    }
  }

  /** Statements that nobody checked say nothing, so they need whose signatures count. */
  private VendorVerdicts verdicts(InterfaceRecord offered, Optional<Digest> build) {
    if (said.isEmpty()) {
      return VendorVerdicts.NONE;
    }
    return VendorVerdicts.read(
        said,
        trust.verifier().orElseThrow(() -> CommandError.ROOT_MISSING.at("", "--verdict")),
        offered,
        build.orElseThrow(() -> CommandError.IMAGE_MISSING.at("", "--verdict")));
  }

  private Optional<Finding> untrusted(OpenAdapter open) {
    return open.packaged()
        .map(AdapterPackage::image)
        .flatMap(file -> trust.verifier().flatMap(verifier -> Distrust.of(verifier, file)));
  }

  private Optional<EvaluationShown> evaluation(OpenAdapter open) {
    return open.packaged()
        .flatMap(PackageEvaluation::of)
        .map(found -> EvaluationShown.of(found, trust.verifier()));
  }

  private static List<AnswerRun.Result> runAnswers(
      Console console, OpenAdapter open, Path given, Path against, InterfaceRecord offered) {
    AdapterPackage packaged =
        open.packaged()
            .filter(found -> !found.answers().isEmpty())
            .orElseThrow(() -> CommandError.NO_KNOWN_ANSWERS.at(given, ""));
    return AnswerRun.compare(against, given, packaged, offered, console.progress());
  }

  private void print(
      Console console,
      OpenAdapter open,
      InterfaceRecord offered,
      Verdict verdict,
      List<AnswerRun.Result> results,
      List<String> elsewhere,
      Optional<EvaluationShown> evaluation) {
    if (json) {
      ObjectNode report = Json.object().put("adapter", open.name());
      report.put("interface", offered.id()).put("version", offered.version().toString());
      put(report, verdict);
      Json.put(report, "warnings", open.warnings());
      var runs = report.putArray("known_answers");
      for (AnswerRun.Result result : results) {
        ObjectNode run = runs.addObject().put("target", result.target());
        Json.put(run, "kl", result.distance().kl());
        run.put("same", result.distance().same()).put("cases", result.distance().cases());
      }
      Json.put(report, "not_run", elsewhere);
      evaluation.ifPresent(shown -> report.set("evaluation", shown.json()));
      console.json(report);
      return;
    }
    console.line(
        "%s on %s %s: %s"
            .formatted(open.name(), offered.id(), offered.version(), verdict.outcome().id()));
    verdict.findings().forEach(finding -> console.line("  " + text(finding)));
    for (AnswerRun.Result result : results) {
      console.line(
          "  known answers on %s: KL %s nats, %s of %s the same"
              .formatted(
                  result.target(),
                  Amounts.decimal(result.distance().kl(), 6),
                  result.distance().same(),
                  result.distance().cases()));
    }
    for (String target : elsewhere) {
      console.line(
          "  known answers on %s: not run, its graphs run on phones only".formatted(target));
    }
    evaluation.ifPresent(shown -> console.line("  " + shown.line()));
    open.warnings().forEach(warning -> console.line("  note: " + warning));
  }

  private static void put(ObjectNode report, Verdict verdict) {
    report.put("outcome", verdict.outcome().id());
    var findings = report.putArray("findings");
    for (Finding finding : verdict.findings()) {
      findings
          .addObject()
          .put("code", finding.reason().code())
          .put("item", finding.item())
          .put("text", finding.text());
    }
  }

  private static String text(Finding finding) {
    String item = finding.item().isEmpty() ? "" : finding.item() + ": ";
    return "%s: %s%s".formatted(finding.reason().code(), item, finding.text());
  }

  private void shelf(Console console, Path given, Path against, InterfaceRecord offered) {
    if (answers) {
      throw CommandError.ONE_PACKAGE.at(given, "--run");
    }
    List<Path> files = Shelf.packages(given);
    ShelfTable table = new ShelfTable(console, json);
    Optional<Digest> build = build(against);
    new Shelf(offered, build, trust.verifier(), verdicts(offered, build), full)
        .check(files, console.progress(), table::add);
    table.finish(given, offered);
  }
}
