package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.KeyPlace;
import org.m4fw.signing.NewKey;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.trust.TrustRoot;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code keys new}. */
@CommandLine.Command(
    description = {
      "Makes a release identity: an Ed25519 and an ML-DSA-65 key, which sign together, and the"
          + " trust root that whoever verifies needs.",
      "Private keys are readable by their owner only, and encrypted if a passphrase is given. With"
          + " --pkcs11 the classical key (ECDSA P-256) is made in a token and never leaves it; with"
          + " --signing-helper keys stay where they are and a program signs."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw keys new --out keys/release --passphrase-env RELEASE_PASSPHRASE",
      "  m4fw keys new --out keys/release --pkcs11 /usr/lib/softhsm/libsofthsm2.so --slot 0 \\",
      "      --label release --pin-file pin.txt",
      "  m4fw keys new --out keys/kms --signing-helper ./kms-sign --public classical.pub.pem \\",
      "      --public post-quantum.pub.pem",
      "  m4fw verify pixel7pro.m4img --root keys/release/trust-root.json"
    })
final class KeysNewCommand implements Command {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The directory to make; it must not exist.")
  Path out = Path.of("");

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      description = "What the keys are for, in the trust root made with them (default: release).")
  String role = TrustRoot.RELEASE;

  @Option(
      names = "--classical",
      paramLabel = "ALGORITHM",
      description = "ed25519 (default), ecdsa-p256 (default in tokens) or ecdsa-p384.")
  Optional<String> classical = Optional.empty();

  @Option(
      names = "--post-quantum",
      paramLabel = "ALGORITHM",
      description = "ml-dsa-65 (default), ml-dsa-87 or, for root keys, slh-dsa-sha2-128s.")
  Optional<String> postQuantum = Optional.empty();

  @Option(
      names = "--pkcs11",
      paramLabel = "MODULE",
      description = "Make the classical key in a token: the absolute path of its library.")
  Optional<Path> module = Optional.empty();

  @Option(names = "--slot", paramLabel = "N", description = "The slot of the token (default: 0).")
  long slot;

  @Option(
      names = "--label",
      paramLabel = "NAME",
      description = "The name of the key in the token (default: m4fw).")
  String label = "m4fw";

  @Option(
      names = "--signing-helper",
      paramLabel = "CMD",
      description = "A program that signs with the keys given as --public; see 'm4fw sign'.")
  Optional<Path> helper = Optional.empty();

  @Option(
      names = "--public",
      paramLabel = "FILE",
      description = "A public key (PEM) with which the program signs; may be given twice.")
  List<Path> publicKeys = new ArrayList<>();

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    List<NewKey> keys = keys();
    boolean files = keys.stream().anyMatch(NewKey.InFile.class::isInstance);
    boolean encrypted = files && !(passphrase.chosen() instanceof Recipe.Passphrase.None);
    Optional<Passphrase> given =
        encrypted ? Optional.of(passphrase.source().ask(out)) : Optional.empty();
    try (SigningIdentity identity =
        SigningIdentity.create(out, role, keys, given, passphrase.source())) {
      if (json) {
        ObjectNode report = Json.object().put("directory", out.toString());
        report.put("encrypted", encrypted);
        Keys.put(report, identity.publicKeys());
        console.json(report);
      } else {
        console.line("%s: identity for %s".formatted(out, role));
        Keys.lines(identity.publicKeys()).forEach(console::line);
      }
    } finally {
      given.ifPresent(Passphrase::close);
    }
    if (files && !encrypted) {
      console.notice(
          "the private keys are not encrypted: whoever can read %s can sign".formatted(out));
    }
    console.note(
        "to trust it on this machine: cp %s %s"
            .formatted(
                out.resolve("trust-root.json"), ConfigurationDirectory.ofUser().trustRoot()));
  }

  private List<NewKey> keys() {
    if (helper.isPresent() == publicKeys.isEmpty()) {
      throw CommandError.HELPER_AND_KEYS.at("", "--signing-helper");
    }
    List<NewKey> keys = new ArrayList<>();
    for (AlgorithmClass algorithmClass : AlgorithmClass.values()) {
      List<NewKey> outside =
          publicKeys.stream()
              .map(KeyFiles::readPublic)
              .filter(key -> key.algorithm().algorithmClass() == algorithmClass)
              .<NewKey>map(key -> new NewKey.WithProgram(program(), key))
              .toList();
      keys.addAll(outside.isEmpty() ? List.of(made(algorithmClass)) : outside);
    }
    return keys;
  }

  private KeyPlace.WithProgram program() {
    return new KeyPlace.WithProgram(
        List.of(helper.orElseThrow().toAbsolutePath().normalize().toString()),
        KeyPlace.WithProgram.USUAL_LIMIT);
  }

  private NewKey made(AlgorithmClass algorithmClass) {
    return switch (algorithmClass) {
      case CLASSICAL ->
          module
              .<NewKey>map(
                  library ->
                      new NewKey.InToken(
                          new KeyPlace.InToken(library, slot, label),
                          algorithm(classical, "--classical", Algorithm.ECDSA_P256)))
              .orElseGet(
                  () -> new NewKey.InFile(algorithm(classical, "--classical", Algorithm.ED25519)));
      case POST_QUANTUM ->
          new NewKey.InFile(algorithm(postQuantum, "--post-quantum", Algorithm.ML_DSA_65));
    };
  }

  private static Algorithm algorithm(Optional<String> label, String option, Algorithm usual) {
    return label
        .map(
            text ->
                Algorithm.ofLabel(text)
                    .filter(algorithm -> algorithm.algorithmClass() == usual.algorithmClass())
                    .orElseThrow(
                        () ->
                            CommandError.OUT_OF_RANGE.at(
                                "", option, text, usual.algorithmClass().text() + " algorithm")))
        .orElse(usual);
  }
}
