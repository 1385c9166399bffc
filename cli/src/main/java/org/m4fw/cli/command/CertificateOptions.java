package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.m4fw.base.file.OutputFile;
import org.m4fw.signing.evidence.CertificateChain;
import org.m4fw.signing.key.VerificationKey;
import org.m4fw.signing.trust.TrustedKey;
import picocli.CommandLine.Option;

/** Certificates that go along with signatures, in a file beside them. */
final class CertificateOptions {
  @Option(
      names = "--certificate",
      paramLabel = "FILE",
      description =
          "The X.509 certificate of a key that signs, followed by those that lead from it to an"
              + " authority; kept beside what is written as"
              + " FILE"
              + CertificateChain.SUFFIX
              + ". They decide nothing.")
  Optional<Path> certificate = Optional.empty();

  /** The chains that go along; they have to be those of keys that sign. */
  List<CertificateChain> chains(List<TrustedKey> signers) {
    return certificate.map(file -> CertificateChain.read(file, keys(signers))).orElse(List.of());
  }

  /**
   * Writes them, and keeps those of other keys that are there already.
   *
   * @param known the keys whose certificates may be there
   */
  static void write(
      Path signed, List<CertificateChain> chains, List<TrustedKey> known, boolean replace) {
    if (chains.isEmpty()) {
      return;
    }
    Path file = EvidenceOptions.beside(signed);
    Set<VerificationKey> own =
        chains.stream().map(CertificateChain::key).collect(Collectors.toSet());
    List<CertificateChain> all = new ArrayList<>();
    if (!replace && Files.exists(file)) {
      CertificateChain.read(file, keys(known)).stream()
          .filter(chain -> !own.contains(chain.key()))
          .forEach(all::add);
    }
    all.addAll(chains);
    OutputFile.write(file, CertificateChain.pem(all));
  }

  private static List<VerificationKey> keys(List<TrustedKey> keys) {
    return keys.stream().map(TrustedKey::key).toList();
  }
}
