package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Manifest;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.trust.Policy;
import org.m4fw.signing.trust.TrustRoots;
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
          + " trust root, and all its sections against their digests.",
      "Exit code 1 if anything is not as it was signed."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw verify pixel7pro.m4img --root keys/release/trust-root.json",
      "  m4fw verify pixel7pro.m4img --allow-development --json",
      "  m4fw verify pixel7pro.m4img --min-rollback m4=3"
    })
final class VerifyCommand implements Command {
  @Parameters(paramLabel = "IMAGE", description = "What to verify.")
  Path image = Path.of("");

  @Option(
      names = "--root",
      paramLabel = "FILE",
      description =
          "The trust root (default: trust-root.json in the user's configuration; for development"
              + " builds that of the development identity).")
  Optional<Path> root = Optional.empty();

  @Option(
      names = "--allow-development",
      description = "Let builds pass that a development identity signed.")
  boolean allowDevelopment;

  @Option(
      names = "--allow-unknown-signatures",
      description = "Ignore signatures by keys that the trust root does not hold.")
  boolean allowUnknownSignatures;

  @CommandLine.Mixin RollbackOptions rollback = new RollbackOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    try (ImageFile file = ImageFile.open(image)) {
      Verifier verifier =
          new Verifier(roots(), new Policy(allowDevelopment, allowUnknownSignatures));
      Verified verified = verifier.verifySignatures(file);
      Manifest manifest = file.manifest();
      rollback.check(image.toString(), manifest);
      file.verifyIntegrity(console.progress());
      if (json) {
        ObjectNode report = Json.object().put("file", image.toString()).put("verified", true);
        report.put("image_id", verified.imageId().toString());
        report.put("kind", verified.kind().text());
        report.put("product", manifest.product()).put("version", manifest.version());
        report.put("build", manifest.build()).put("development", verified.development());
        report.put("trust_root", verified.trustRoot());
        Keys.put(report, verified.signers());
        Json.put(report, "unknown_signatures", verified.unknownKeyIds());
        console.json(report);
        return;
      }
      console.line(
          "%s: verified, %s %s build %s%s"
              .formatted(
                  image,
                  manifest.product(),
                  manifest.version(),
                  manifest.build(),
                  verified.development() ? ", a development build" : ""));
      console.line("  image id " + verified.imageId());
      console.line("  trust root " + verified.trustRoot());
      Keys.lines(verified.signers()).forEach(console::line);
      verified.unknownKeyIds().forEach(id -> console.line("  not checked: signature by " + id));
    }
  }

  private TrustRoots roots() {
    ConfigurationDirectory user = ConfigurationDirectory.ofUser();
    return root.map(TrustRoots::only)
        .orElseGet(() -> TrustRoots.configured(user.trustRoot(), user.developmentTrustRoot()));
  }
}
