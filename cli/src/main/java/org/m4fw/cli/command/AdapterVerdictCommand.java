package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.adapter.contract.Evidence;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.VendorVerdict;
import org.m4fw.adapter.contract.Verdict;
import org.m4fw.adapter.contract.VersionRange;
import org.m4fw.adapter.pack.AdapterPackage;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.adapter.AnswerRun;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.statement.StatementKind;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code adapter verdict}. */
@CommandLine.Command(
    description = {
      "Signs what a vendor says about an adapter package on an image, as a statement beside the"
          + " package, whose bytes stay the developer's. 'adapter check --verdict' goes by it.",
      "Without --say: accept if the package's known answers hold on the image, reject if it does not"
          + " fit or they do not hold, provisional if it has none."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw adapter verdict licence.m4adapter --image pixel7pro.m4img --key keys/review --out"
          + " licence.m4verdict",
      "  m4fw adapter verdict rogue.m4adapter --image pixel7pro.m4img --say reject --out"
          + " rogue.m4verdict"
    })
final class AdapterVerdictCommand implements Command {
  @Parameters(paramLabel = "PACKAGE", description = "The package.")
  Path packaged = Path.of("");

  @Option(names = "--image", required = true, paramLabel = "IMG", description = "The image.")
  Path image = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "F",
      description = "The statement to write.")
  Path out = Path.of("");

  @Option(
      names = "--say",
      paramLabel = "V",
      description = "accept, provisional or reject (default: what running it gives).")
  Optional<String> say = Optional.empty();

  @Mixin IdentityOptions signer = new IdentityOptions();

  @Mixin BaseOptions options = new BaseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    Optional<Verdict.Outcome> said = say.map(AdapterVerdictCommand::parsed);
    try (OpenAdapter open = Adapters.open(packaged, OptionalDouble.empty());
        SigningIdentity identity = signer.open()) {
      AdapterPackage found =
          open.packaged().orElseThrow(() -> CommandError.NOT_A_PACKAGE.at(packaged, ""));
      InterfaceRecord offered = options.choose(image, open);
      Digest build = build();
      List<AnswerRun.Result> results =
          fits(open, offered, build) && !found.answers().isEmpty()
              ? AnswerRun.compare(image, packaged, found, offered, console.progress())
              : List.of();
      VendorVerdict verdict =
          new VendorVerdict(
              offered.id(),
              VersionRange.compatibleWith(offered.version()),
              List.of(build),
              said.orElseGet(() -> judged(open, found, offered, build, results)),
              AnswerRun.worst(results));
      SignedStatement statement =
          SignedStatement.sign(
              StatementKind.ADAPTER_VERDICT, List.of(found.imageId()), verdict.body(), identity);
      OutputFile.write(out, statement.bytes());
      report(console, found, verdict, build);
      if (!results.isEmpty()) {
        AnswerRun.elsewhere(image, offered)
            .forEach(
                target ->
                    console.notice(
                        "not run on %s: its graphs run on phones only".formatted(target)));
      }
      IdentityOptions.noticeDevelopment(console, identity);
    }
  }

  private static Verdict.Outcome parsed(String word) {
    return switch (word) {
      case "accept" -> Verdict.Outcome.ACCEPT;
      case "provisional" -> Verdict.Outcome.PROVISIONAL;
      case "reject" -> Verdict.Outcome.REJECT;
      default ->
          throw CommandError.OUT_OF_RANGE.at("", "--say", word, "accept, provisional or reject");
    };
  }

  private Digest build() {
    try (ImageFile file = ImageFile.open(image)) {
      return file.imageId();
    }
  }

  private static boolean fits(OpenAdapter open, InterfaceRecord offered, Digest build) {
    return open.decide(offered, Evidence.of(Optional.of(build))).refusal().isEmpty();
  }

  private static Verdict.Outcome judged(
      OpenAdapter open,
      AdapterPackage found,
      InterfaceRecord offered,
      Digest build,
      List<AnswerRun.Result> results) {
    Evidence evidence =
        Evidence.of(Optional.of(build)).withKnownAnswers(AnswerRun.judge(found, results));
    return switch (evidence.knownAnswers()) {
      case HOLD -> Verdict.Outcome.ACCEPT;
      case FAILED -> Verdict.Outcome.REJECT;
      case NOT_RUN ->
          open.decide(offered, evidence).refusal().isPresent()
              ? Verdict.Outcome.REJECT
              : Verdict.Outcome.PROVISIONAL;
    };
  }

  private void report(Console console, AdapterPackage found, VendorVerdict verdict, Digest build) {
    if (json) {
      ObjectNode report = Json.object().put("file", out.toString());
      report.put("adapter", found.imageId().toString());
      report.put("build", build.toString()).put("verdict", verdict.outcome().id());
      verdict.answers().ifPresent(kl -> Json.put(report, "kl", kl));
      console.json(report);
    } else {
      console.line(
          "%s: %s %s on %s: %s"
              .formatted(out, found.id(), found.version(), image, verdict.outcome().id()));
    }
  }
}
