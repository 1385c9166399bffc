package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.inspect.Examination;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Inspector;
import org.m4fw.image.Kind;
import org.m4fw.image.Manifest;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.trust.Policy;
import org.m4fw.signing.trust.TrustRoots;
import org.m4fw.signing.trust.VerificationPolicy;
import org.m4fw.signing.trust.Verified;
import org.m4fw.signing.trust.Verifier;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code verify}. */
@CommandLine.Command(
    description = {
      "Checks an image or adapter package: every byte of its structure, its signatures against a"
          + " trust root, all its sections against their digests, and the scales of its weights for"
          + " numbers that no device can run.",
      "Exit code 1 if anything is not as it was signed. Every refusal has a code, which --json names"
          + " and --explain explains."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw verify pixel7pro.m4img --root keys/release/trust-root.json",
      "  m4fw verify pixel7pro.m4img --root roots --policy fleet.json --revocations revoked.json",
      "  m4fw verify pixel7pro.m4img --allow-development --json",
      "  m4fw verify --explain TOO_FEW_FOR_ROOT",
      "  m4fw verify pixel7pro.m4img --min-rollback m4=3",
      "  m4fw verify pixel7pro.m4img --root roots --anchors vendor-ca.pem \\",
      "      --timestamp pixel7pro.tsr --authority tsa.pem",
      "  m4fw verify pixel7pro.m4img --root roots --run"
    })
final class VerifyCommand implements Command {
  @Parameters(arity = "0..1", paramLabel = "IMAGE", description = "What to verify.")
  Optional<Path> image = Optional.empty();

  @Option(
      names = "--root",
      paramLabel = "FILE",
      description =
          "The trust root, or the directory of a chain of them, of which the latest counts (default:"
              + " trust-root.json in the user's configuration; for development builds that of the"
              + " development identity).")
  Optional<Path> root = Optional.empty();

  @Option(
      names = "--allow-development",
      description = "Let builds pass that a development identity signed.")
  boolean allowDevelopment;

  @Option(
      names = "--allow-unknown-signatures",
      description = "Ignore signatures by keys that the trust root does not hold.")
  boolean allowUnknownSignatures;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description =
          "What is demanded beyond the trust root: a verification policy (docs/trust.md).")
  Optional<Path> policy = Optional.empty();

  @Option(names = "--explain", paramLabel = "CODE", description = "Say what a code means.")
  Optional<String> code = Optional.empty();

  @CommandLine.Mixin RefusalOptions refusals = new RefusalOptions();

  @Option(
      names = "--lazy",
      description =
          "Check of the sections only what a runtime checks when it opens them: Merkle trees from"
              + " the root down, first and last block. The rest is to be checked as it is read.")
  boolean lazy;

  @Option(
      names = "--run",
      description =
          "Then run the graphs on the inputs of the image's known answers, and compare what they"
              + " compute.")
  boolean runs;

  @CommandLine.Mixin RollbackOptions rollback = new RollbackOptions();

  @CommandLine.Mixin EvidenceOptions evidence = new EvidenceOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    if (code.isPresent()) {
      VerificationCodes.explain(code.get()).forEach(console::line);
      return;
    }
    if (runs && lazy) {
      throw CommandError.LAZY_RUN.at("", "--run");
    }
    Path path = image.orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "IMAGE"));
    try (ImageFile file = ImageFile.open(path)) {
      if (file.manifest().kind() == Kind.DELTA) {
        throw CheckError.DELTA_NOT_SIGNED.at(path, "");
      }
      Optional<VerificationPolicy> demands = policy.map(VerificationPolicy::read);
      Verified verified = verifier(demands).verifySignatures(file);
      rollback.check(path.toString(), file.manifest(), verified.versions());
      EvidenceOptions.Evidence found =
          evidence.check(file, verified, demands.flatMap(VerificationPolicy::anchors));
      long unseen = sections(console, file);
      List<String> odd = lazy ? List.of() : odd(console, file);
      List<Inspector.Trial> trials = runs ? KnownAnswerRun.of(console, file) : List.of();
      report(console, path, file.manifest(), verified, found, unseen, odd, trials);
    } catch (ProblemException e) {
      if (json) {
        console.json(refusal(path, e.problem()));
      }
      throw e;
    }
  }

  /** As the options say; what they name is read and checked here. */
  private Verifier verifier(Optional<VerificationPolicy> demands) {
    Verifier verifier = new Verifier(roots(), new Policy(allowDevelopment, allowUnknownSignatures));
    if (demands.isPresent()) {
      if (allowDevelopment || allowUnknownSignatures) {
        String option = allowDevelopment ? "--allow-development" : "--allow-unknown-signatures";
        throw CommandError.POLICY_DECIDES.at("", option);
      }
      verifier = verifier.under(demands.get());
    }
    return refusals.apply(verifier);
  }

  private static ObjectNode refusal(Path path, Problem problem) {
    ObjectNode report = Json.object().put("file", path.toString()).put("verified", false);
    report.put("code", problem.code().name()).put("item", problem.item());
    report.put("at", problem.file()).put("message", problem.message());
    return report.put("hint", problem.hint());
  }

  private void report(
      Console console,
      Path path,
      Manifest manifest,
      Verified verified,
      EvidenceOptions.Evidence found,
      long unseen,
      List<String> odd,
      List<Inspector.Trial> trials) {
    if (json) {
      ObjectNode report = Json.object().put("file", path.toString()).put("verified", true);
      report.put("image_id", verified.imageId().toString());
      report.put("kind", verified.kind().text());
      report.put("product", manifest.product()).put("version", manifest.version());
      report.put("build", manifest.build()).put("development", verified.development());
      report.put("trust_root", verified.trustRoot());
      Keys.put(report, verified.signers());
      Json.put(report, "unknown_signatures", verified.unknownKeyIds());
      found.put(report);
      Json.put(report, "odd", odd);
      report.put("bytes_left_to_check", unseen);
      if (runs) {
        KnownAnswerRun.put(report, trials);
      }
      console.json(report);
      return;
    }
    console.line(
        "%s: verified, %s %s build %s%s"
            .formatted(
                path,
                manifest.product(),
                manifest.version(),
                manifest.build(),
                verified.development() ? ", a development build" : ""));
    if (lazy) {
      console.line("  left to be checked as they are read: " + Amounts.bytes(unseen));
    }
    console.line("  image id " + verified.imageId());
    console.line("  trust root " + verified.trustRoot());
    Keys.lines(verified.signers()).forEach(console::line);
    found.print(console);
    trials.stream()
        .filter(Inspector.Trial::tried)
        .forEach(trial -> console.line("  %s: %s".formatted(trial.section(), trial.message())));
    verified.unknownKeyIds().forEach(id -> console.line("  not checked: signature by " + id));
  }

  /** What is odd about sections that are what was signed; said at once. */
  private static List<String> odd(Console console, ImageFile file) {
    List<String> odd = Examination.of(file).stream().map(Inspector.Oddity::text).toList();
    odd.forEach(oddity -> console.notice("odd: " + oddity));
    return odd;
  }

  /** Gives the bytes of sections that were not looked at. */
  private long sections(Console console, ImageFile file) {
    if (lazy) {
      return LazyCheck.run(file);
    }
    file.verifyIntegrity(console.progress());
    return 0;
  }

  private TrustRoots roots() {
    ConfigurationDirectory user = ConfigurationDirectory.ofUser();
    return root.map(TrustRoots::only)
        .orElseGet(() -> TrustRoots.configured(user.trustRoot(), user.developmentTrustRoot()));
  }
}
