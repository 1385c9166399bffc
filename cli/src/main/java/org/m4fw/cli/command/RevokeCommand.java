package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.console.Json;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.statement.RevocationList;
import org.m4fw.signing.statement.SignedStatement;
import org.m4fw.signing.trust.Revocations;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** {@code revoke}. */
@CommandLine.Command(
    description = {
      "Writes a signed list of what is trusted no more: keys, images and sections by their digests,"
          + " and images below a rollback index. It is signed in the role security, or release where"
          + " the trust root defines no such role.",
      "Without anything to revoke, the identity's signatures are added to LIST as it is; with it, the"
          + " next version is made of LIST and that."
    },
    footer = {
      "",
      "Examples:",
      "  m4fw revoke --out revocations.json --key keys/security --revoke-key keys/lost",
      "  m4fw revoke revocations.json --key keys/security --digest sha256:0123...",
      "  m4fw revoke revocations.json --key keys/second-officer",
      "  m4fw verify pixel7pro.m4img --revocations revocations.json"
    })
final class RevokeCommand implements Command {
  @Parameters(
      arity = "0..1",
      paramLabel = "LIST",
      description = "The list so far; left out, the first one is made.")
  Optional<Path> list = Optional.empty();

  @Option(
      names = "--key",
      required = true,
      paramLabel = "DIR",
      description = "The identity that signs.")
  Path key = Path.of("");

  @Option(
      names = "--revoke-key",
      paramLabel = "ID|PATH",
      description =
          "Revoke a key by its id, or the keys at PATH: a .pub.pem file, an identity or its trust"
              + " root. May be repeated.")
  List<String> keys = new ArrayList<>();

  @Option(
      names = "--digest",
      paramLabel = "SHA256",
      description = "Revoke an image, package or section by its digest. May be repeated.")
  List<String> digests = new ArrayList<>();

  @Option(
      names = "--min-index",
      paramLabel = "DOMAIN=N",
      description = "Revoke what has a lower rollback index in this domain. May be repeated.")
  Map<String, Long> indexes = new TreeMap<>();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where to write the result (default: in place of LIST).")
  Optional<Path> out = Optional.empty();

  @Mixin PassphraseOptions passphrase = new PassphraseOptions();

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Override
  public void run(Console console) {
    Path target =
        out.or(() -> list).orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "--out"));
    if (list.isEmpty() && Files.exists(target)) {
      throw CommandError.FILE_EXISTS.at(target, "");
    }
    Optional<SignedStatement> before = list.map(SignedStatement::read);
    Optional<Revocations> old = before.map(RevocationList::of);
    boolean more = !keys.isEmpty() || !digests.isEmpty() || !indexes.isEmpty();
    if (!more && before.isEmpty()) {
      throw CommandError.ARGUMENT_MISSING.at("", "--revoke-key, --digest or --min-index");
    }
    try (SigningIdentity identity = SigningIdentity.open(key, passphrase.source())) {
      SignedStatement signed =
          more
              ? RevocationList.sign(next(old, target), identity)
              : before.orElseThrow().countersigned(identity);
      OutputFile.write(target, signed.bytes());
      print(console, target, signed);
    }
  }

  private Revocations next(Optional<Revocations> old, Path target) {
    Set<String> revokedKeys = new TreeSet<>();
    Set<Digest> revokedDigests = new TreeSet<>();
    SortedMap<String, Long> minima = new TreeMap<>(indexes);
    keys.forEach(text -> revokedKeys.addAll(TrustedKeys.ids(text)));
    digests.forEach(text -> revokedDigests.add(digest(text)));
    indexes.forEach(RevokeCommand::checkIndex);
    old.ifPresent(
        before -> {
          revokedKeys.addAll(before.keys());
          revokedDigests.addAll(before.digests());
          before.minimumIndexes().forEach((domain, n) -> minima.merge(domain, n, Math::max));
        });
    long version = old.map(before -> before.version() + 1).orElse(1L);
    return new Revocations(target.toString(), version, revokedKeys, revokedDigests, minima);
  }

  private static Digest digest(String text) {
    if (!text.matches("sha256:[0-9a-f]{64}")) {
      throw CommandError.BAD_ASSIGNMENT.at("", "--digest", text, "sha256: and 64 digits");
    }
    return Digest.parse(text);
  }

  private static void checkIndex(String domain, long index) {
    if (!domain.matches("[a-z0-9][a-z0-9._-]{0,31}") || index < 0 || index >= 1L << 53) {
      throw CommandError.BAD_ASSIGNMENT.at("", "--min-index", domain + "=" + index, "DOMAIN=N");
    }
  }

  private void print(Console console, Path target, SignedStatement signed) {
    Revocations now = RevocationList.of(signed);
    if (json) {
      ObjectNode report = Json.object().put("file", target.toString());
      report.put("version", now.version()).put("keys", now.keys().size());
      report.put("digests", now.digests().size()).put("domains", now.minimumIndexes().size());
      report.put("signatures", signed.envelope().signatures().size());
      console.json(report);
    } else {
      console.line(
          "%s: revocations version %s: %s keys, %s digests, %s domains; %s signatures"
              .formatted(
                  target,
                  now.version(),
                  now.keys().size(),
                  now.digests().size(),
                  now.minimumIndexes().size(),
                  signed.envelope().signatures().size()));
    }
  }
}
