package org.m4fw.cli.command;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.m4fw.cli.console.Console;
import org.m4fw.image.ImageFile;
import org.m4fw.signing.evidence.CertificateChain;
import org.m4fw.signing.evidence.ChainCheck;
import org.m4fw.signing.evidence.EvidenceError;
import org.m4fw.signing.evidence.Timestamps;
import org.m4fw.signing.trust.TrustedKey;
import org.m4fw.signing.trust.Verified;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** Certificates of the keys that signed, looked at after the trust root has decided. */
final class EvidenceOptions {
  @Option(
      names = "--anchors",
      paramLabel = "FILE",
      description =
          "Then check the certificates of a key that signed against these authorities' own, PEM or"
              + " DER. They never make up for a signature: the trust root decides.")
  Optional<Path> anchors = Optional.empty();

  @Option(
      names = "--certificate",
      paramLabel = "FILE",
      description =
          "The certificates, each followed by its issuer's (default: IMAGE"
              + CertificateChain.SUFFIX
              + ").")
  Optional<Path> certificate = Optional.empty();

  @Option(
      names = "--timestamp",
      paramLabel = "FILE",
      description =
          "Ask whether the certificates were valid at the time of this RFC 3161 timestamp of the"
              + " image (default: when the last of them was issued).")
  Optional<Path> timestamp = Optional.empty();

  @Option(
      names = "--authority",
      paramLabel = "FILE",
      description = "The time stamping authority's own certificate, PEM or DER.")
  Optional<Path> authority = Optional.empty();

  /**
   * What was found.
   *
   * @param proven when the image existed, if a timestamp says so
   */
  record Evidence(List<ChainCheck.Finding> findings, Optional<Instant> proven) {
    static final Evidence NONE = new Evidence(List.of(), Optional.empty());

    Evidence {
      findings = List.copyOf(findings);
    }

    void print(Console console) {
      for (ChainCheck.Finding finding : findings) {
        console.line(
            "  %s is of %s, says %s"
                .formatted(
                    finding.chain().key(),
                    finding.chain().subjects().getFirst(),
                    finding.anchor()));
        console.line(
            "    valid at %s, %s"
                .formatted(
                    finding.at(),
                    proven.isPresent() ? "as the timestamp says" : "when it was issued"));
      }
    }

    void put(ObjectNode report) {
      var chains = report.putArray("certificates");
      for (ChainCheck.Finding finding : findings) {
        ObjectNode node = chains.addObject().put("key", finding.chain().key().id());
        node.put("anchor", finding.anchor()).put("judged_at", finding.at().toString());
        node.put("time", proven.isPresent() ? "timestamp" : "issue");
        ChainCheck.CHECKED.forEach(node.putArray("checked")::add);
        ChainCheck.NOT_CHECKED.forEach(node.putArray("not_checked")::add);
        var path = node.putArray("path");
        List<X509Certificate> certificates = finding.chain().certificates();
        for (int i = 0; i < certificates.size(); i++) {
          X509Certificate one = certificates.get(i);
          ObjectNode entry = path.addObject().put("subject", finding.chain().subjects().get(i));
          entry.put("issuer", finding.chain().issuers().get(i));
          entry.put("serial", one.getSerialNumber().toString(16));
          entry.put("not_before", one.getNotBefore().toInstant().toString());
          entry.put("not_after", one.getNotAfter().toInstant().toString());
        }
      }
    }
  }

  /**
   * Checks what the options name.
   *
   * @param verified the image's signatures, which count already
   * @param demanded the anchors of a policy
   */
  Evidence check(ImageFile image, Verified verified, Optional<Path> demanded) {
    Optional<Path> file = anchors.or(() -> demanded);
    if (file.isEmpty()) {
      refuseWithoutAnchors();
      return Evidence.NONE;
    }
    Optional<Instant> proven = timestamp.map(answer -> time(image, answer));
    Path chains = certificate.orElseGet(() -> beside(image.path()));
    if (!Files.exists(chains)) {
      throw EvidenceError.NO_CERTIFICATES.at(chains, "");
    }
    ChainCheck check = ChainCheck.against(file.get());
    return new Evidence(
        CertificateChain.read(chains, verified.signers().stream().map(TrustedKey::key).toList())
            .stream()
            .map(chain -> check.check(chain, proven))
            .toList(),
        proven);
  }

  private Instant time(ImageFile image, Path answer) {
    Path known = authority.orElseThrow(() -> CommandError.ARGUMENT_MISSING.at("", "--authority"));
    return Timestamps.check(image.imageId(), answer, known).time();
  }

  private void refuseWithoutAnchors() {
    if (certificate.isPresent()) {
      throw CommandError.NO_ANCHORS.at("", "--certificate");
    }
    if (timestamp.isPresent() || authority.isPresent()) {
      throw CommandError.NO_ANCHORS.at("", timestamp.isPresent() ? "--timestamp" : "--authority");
    }
  }

  /** Where the certificates of an image are. */
  static Path beside(Path image) {
    return image.resolveSibling(image.getFileName() + CertificateChain.SUFFIX);
  }
}
