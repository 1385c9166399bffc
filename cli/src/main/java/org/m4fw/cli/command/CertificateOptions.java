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
   * The chains, and before them those beside an image that are of its other signers. Read before
   * anything is signed: what lies there may be broken.
   *
   * @param signers the ids of the keys whose signatures stay
   */
  static List<CertificateChain> with(
      List<CertificateChain> chains, Path image, Set<String> signers) {
    Path file = EvidenceOptions.beside(image);
    if (chains.isEmpty() || !Files.exists(file)) {
      return chains;
    }
    Set<VerificationKey> own =
        chains.stream().map(CertificateChain::key).collect(Collectors.toSet());
    List<CertificateChain> all = new ArrayList<>(CertificateChain.ofSigners(file, signers));
    all.removeIf(chain -> own.contains(chain.key()));
    all.addAll(chains);
    return List.copyOf(all);
  }

  /** Writes chains, if there are any, beside what was signed. */
  static void write(Path signed, List<CertificateChain> chains) {
    if (!chains.isEmpty()) {
      OutputFile.write(EvidenceOptions.beside(signed), CertificateChain.pem(chains));
    }
  }

  private static List<VerificationKey> keys(List<TrustedKey> keys) {
    return keys.stream().map(TrustedKey::key).toList();
  }
}
