package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.answer.CarriedAnswers;
import org.m4fw.adapter.carry.CarryMethod;
import org.m4fw.adapter.contract.CarriedScores;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.adapter.pack.PackageContent;
import org.m4fw.adapter.pack.PackagePayload;
import org.m4fw.adapter.pack.PackageRequest;
import org.m4fw.cli.adapter.CarryRun;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.inspect.CarriedAnswersShown;
import org.m4fw.host.TokenFile;
import org.m4fw.image.SignedImage;
import org.m4fw.signing.SigningIdentity;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code adapter carry}. */
@CommandLine.Command(
    description = {
      "Carries an adapter package over to the next version of its base, by linear algebra on the"
          + " weights of both: no data, no training. The methods: direct (the matrices as they"
          + " are; also of DoRA, tables, heads and virtual tokens), compensated (of a higher rank;"
          + " takes back what the base moved away by), projected (for other widths; LLaMA family).",
      "With --tokens, a text that the adapter is for, every method that applies is measured, the"
          + " best one is taken, and nothing is written if it keeps less than --min-kept of the"
          + " adapter's gain.",
      "The known answers of a bound package are put to both bases too, and the carried package says"
          + " how far it is from them."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw adapter carry licence.m4adapter --from kjv-llama --to kjv-llama-v2 --base new.m4img"
          + " --tokens licence.json --out licence-v2.m4adapter"
    })
final class AdapterCarryCommand implements Command {
  private static final int RANKS = 4;

  @Parameters(paramLabel = "PACKAGE", description = "The package.")
  Path packaged = Path.of("");

  @Option(
      names = "--from",
      required = true,
      paramLabel = "OLD",
      description = "The checkpoint that the adapter was trained on.")
  Path from = Path.of("");

  @Option(names = "--to", required = true, paramLabel = "NEW", description = "The next one.")
  Path to = Path.of("");

  @Option(
      names = "--base",
      paramLabel = "BASE",
      description =
          "The image or interface file that the carried package is made for (default: NEW, with"
              + " --interface and --interface-version).")
  Optional<Path> base = Optional.empty();

  @Option(names = "--out", required = true, paramLabel = "F", description = "The package to write.")
  Path out = Path.of("");

  @Option(
      names = "--method",
      paramLabel = "M",
      description = "direct, compensated or projected (default: the best, or first, that applies).")
  Optional<String> method = Optional.empty();

  @Option(
      names = "--max-rank",
      paramLabel = "R",
      description = "For compensated: the highest rank (default: four times the adapter's).")
  Optional<Integer> maxRank = Optional.empty();

  @Option(
      names = "--tokens",
      paramLabel = "F",
      description = "A text that the adapter is for, as 'eval' takes it.")
  Optional<Path> tokens = Optional.empty();

  @Option(
      names = "--min-kept",
      paramLabel = "X",
      description =
          "With --tokens: the least share of the adapter's gain that is to be kept (default:"
              + " ${DEFAULT-VALUE}).",
      defaultValue = "0.8")
  double minKept;

  @Option(
      names = "--version",
      paramLabel = "V",
      description = "The version of the carried package (default: that of PACKAGE).")
  Optional<String> version = Optional.empty();

  @Mixin IdentityOptions signer = new IdentityOptions();

  @Mixin BaseOptions options = new BaseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (!(minKept >= 0) || minKept > CarriedScores.MOST_FLOOR) {
      throw CommandError.OUT_OF_RANGE.at(
          "", "--min-kept", minKept, "0 to " + CarriedScores.MOST_FLOOR);
    }
    try (OpenAdapter open = Adapters.open(packaged, OptionalDouble.empty());
        SigningIdentity identity = signer.open()) {
      AdapterPackage found =
          open.packaged().orElseThrow(() -> CommandError.NOT_A_PACKAGE.at(packaged, ""));
      InterfaceRecord offered = options.choose(base.orElse(to), open);
      CarryRun run = new CarryRun(packaged, from, to, offered, identity, console.progress());
      PackageRequest request =
          DeveloperPackage.madeOf(found, version.orElse(found.version()), identity);
      Optional<TokenFile> text = tokens.map(TokenFile::read);
      Optional<CarryRun.Bases> bases = text.map(run::measure);
      List<CarryRun.Result> results =
          results(run, found.payload(), rank(found.payload(), offered), request, text, bases);
      CarryRun.Result best = results.getFirst();
      if (best.kept().isPresent() && best.kept().getAsDouble() < minKept) {
        print(console, results, bases);
        throw CheckError.CARRIED_TOO_WEAK.at(
            packaged, "", best.method().id(), percent(best.kept()), percent(minKept));
      }
      Optional<CarriedAnswers> answers =
          run.answers(found.answers(), found.payload(), best, request);
      SignedImage signed =
          run.write(
              best.payload(),
              request,
              Optional.of(
                  new PackageContent.Carried(
                      found.imageId(), best.method().id(), scores(best, bases), answers)),
              out);
      report(console, results, bases, answers, new PackageReport(out, signed));
      IdentityOptions.noticeDevelopment(console, identity);
    }
  }

  private Optional<CarriedScores> scores(CarryRun.Result best, Optional<CarryRun.Bases> measured) {
    return measured.map(
        bases ->
            new CarriedScores(
                bases.nllBefore(),
                bases.nllAdapted(),
                bases.nllAfter(),
                best.nll().orElseThrow(),
                minKept));
  }

  private List<CarryRun.Result> results(
      CarryRun run,
      PackagePayload payload,
      int rank,
      PackageRequest request,
      Optional<TokenFile> text,
      Optional<CarryRun.Bases> bases) {
    List<CarryMethod> methods =
        method.map(id -> List.of(parsed(id))).orElseGet(() -> run.applicable(payload));
    return text.isPresent()
        ? run.compare(payload, methods, rank, request, text.get(), bases.orElseThrow())
        : List.of(run.carry(payload, methods, rank));
  }

  private static CarryMethod parsed(String id) {
    return CarryMethod.of(id)
        .orElseThrow(
            () ->
                CommandError.OUT_OF_RANGE.at(
                    "",
                    "--method",
                    id,
                    Arrays.stream(CarryMethod.values())
                        .map(CarryMethod::id)
                        .collect(Collectors.joining(", "))));
  }

  /** As high as was asked for, or four times the adapter's, but never more than the base takes. */
  private int rank(PackagePayload payload, InterfaceRecord offered) {
    int trained = payload instanceof PackagePayload.Lora(LoraAdapter lora) ? lora.rank() : 0;
    int most = offered.points().stream().mapToInt(point -> point.maxRank()).min().orElse(1);
    int wanted = maxRank.orElse(Math.max(1, RANKS * trained));
    if (wanted < 1) {
      throw CommandError.OUT_OF_RANGE.at("", "--max-rank", wanted, "1 to " + most);
    }
    return Math.min(most, wanted);
  }

  private void report(
      Console console,
      List<CarryRun.Result> results,
      Optional<CarryRun.Bases> bases,
      Optional<CarriedAnswers> answers,
      PackageReport made) {
    if (!json) {
      print(console, results, bases);
      CarriedAnswersShown.lines(answers).forEach(console::line);
      console.line(
          "%s, carried over by %s".formatted(made.title(), results.getFirst().method().id()));
      console.line("  " + made.imageId());
      return;
    }
    ObjectNode report = made.json();
    report.put("method", results.getFirst().method().id());
    bases.ifPresent(
        found -> {
          Json.put(report, "nll_before", found.nllBefore());
          Json.put(report, "nll_before_adapted", found.nllAdapted());
          Json.put(report, "nll_after", found.nllAfter());
        });
    report.set("known_answers", CarriedAnswersShown.json(answers));
    var tried = report.putArray("methods");
    for (CarryRun.Result result : results) {
      ObjectNode node = tried.addObject().put("method", result.method().id());
      result.rank().ifPresent(rank -> node.put("rank", rank));
      result.nll().ifPresent(nll -> Json.put(node, "nll", nll));
      result.kept().ifPresent(kept -> Json.put(node, "kept", kept));
    }
    console.json(report);
  }

  private void print(
      Console console, List<CarryRun.Result> results, Optional<CarryRun.Bases> bases) {
    if (json || bases.isEmpty()) {
      return;
    }
    CarryRun.Bases found = bases.get();
    console.line(
        "old base  NLL %s, with the adapter %s"
            .formatted(nll(found.nllBefore()), nll(found.nllAdapted())));
    console.line("new base  NLL %s".formatted(nll(found.nllAfter())));
    for (CarryRun.Result result : results) {
      console.line(
          "  %-11s  %sNLL %s  keeps %s of the gain"
              .formatted(
                  result.method().id(),
                  result.rank().isPresent() ? "rank %2d  ".formatted(result.rank().getAsInt()) : "",
                  nll(result.nll().orElse(0)),
                  percent(result.kept())));
    }
  }

  private static String nll(double value) {
    return Amounts.decimal(value, 4);
  }

  private static String percent(OptionalDouble share) {
    return percent(share.orElse(0));
  }

  private static String percent(double share) {
    return Amounts.decimal(100 * share, 1) + " %";
  }
}
