package org.m4fw.signing.evidence;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXCertPathValidatorResult;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.cert.X509CertificateHolder;
import org.m4fw.base.problem.ProblemException;

/**
 * Holds chains of certificates against anchors, as RFC 5280 section 6 has it, at a time that is not
 * this machine's: that of a timestamp, or, without one, the first at which all certificates of the
 * chain had been issued. Certificates are for inventories: lists of certificates that an authority
 * took back are not asked for, as {@link org.m4fw.signing.trust.Revocations} decides that.
 */
public final class ChainCheck {
  /** Purposes that say "signs data": code signing, e-mail (RAUC's and OpenSSL's usual one), any. */
  private static final Set<String> SIGNING =
      Set.of("1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.4", "2.5.29.37.0");

  /** What {@link #check} looks at. */
  public static final List<String> CHECKED =
      List.of("key", "signatures", "names", "constraints", "validity", "usage");

  /** What it leaves to others, by name. */
  public static final List<String> NOT_CHECKED = List.of("certificate-revocation");

  private final Path anchorsFile;
  private final List<X509Certificate> anchors;

  private ChainCheck(Path anchorsFile, List<X509Certificate> anchors) {
    this.anchorsFile = anchorsFile;
    this.anchors = List.copyOf(anchors);
  }

  /**
   * With the certificates of a file as anchors.
   *
   * @param anchors PEM or DER, at most 16
   * @throws ProblemException with an {@link EvidenceError}
   */
  public static ChainCheck against(Path anchors) {
    List<X509Certificate> certificates = new ArrayList<>();
    for (X509CertificateHolder holder : Certificates.read(anchors)) {
      certificates.add(CertificateChain.parse(anchors, holder));
    }
    return new ChainCheck(anchors, certificates);
  }

  /**
   * What was found true of a chain.
   *
   * @param at the time for which it was checked
   * @param anchor the subject of the anchor that it leads to
   */
  public record Finding(CertificateChain chain, Instant at, String anchor) {}

  /**
   * Checks a chain.
   *
   * @param proven when the image existed, if a timestamp says so
   * @throws ProblemException with an {@link EvidenceError}
   */
  public Finding check(CertificateChain chain, Optional<Instant> proven) {
    List<X509Certificate> path = new ArrayList<>(chain.certificates());
    // The anchor itself is no part of a path; authorities give it along all the same.
    if (path.size() > 1 && anchors.contains(path.getLast())) {
      path.removeLast();
    }
    Instant at = proven.orElseGet(() -> lastIssued(path));
    checkPurpose(chain.file(), path.getFirst());
    checkOrder(chain.file(), path);
    try {
      PKIXParameters parameters = new PKIXParameters(trustAnchors());
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(at));
      var certificates = CertificateFactory.getInstance("X.509").generateCertPath(path);
      if (CertPathValidator.getInstance("PKIX").validate(certificates, parameters)
          instanceof PKIXCertPathValidatorResult result) {
        X509Certificate anchor = result.getTrustAnchor().getTrustedCert();
        return new Finding(chain, at, CertificateNames.of(anchor.getSubjectX500Principal()));
      }
      throw new IllegalStateException("another kind of result");
    } catch (CertPathValidatorException e) {
      throw refusal(chain.file(), path, e, at);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw EvidenceError.NOT_A_CERTIFICATE.at(chain.file(), "");
    }
  }

  private Set<TrustAnchor> trustAnchors() {
    Set<TrustAnchor> all = new HashSet<>();
    anchors.forEach(anchor -> all.add(new TrustAnchor(anchor, null)));
    return all;
  }

  private static Instant lastIssued(List<X509Certificate> path) {
    return path.stream()
        .map(certificate -> certificate.getNotBefore().toInstant())
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static void checkPurpose(Path file, X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    if (usage != null && !usage[0]) {
      throw EvidenceError.NOT_FOR_SIGNING.at(
          file, CertificateNames.item(certificate), "a key usage without digitalSignature");
    }
    List<String> purposes = purposes(file, certificate);
    if (!purposes.isEmpty() && purposes.stream().noneMatch(SIGNING::contains)) {
      throw EvidenceError.NOT_FOR_SIGNING.at(
          file, CertificateNames.item(certificate), String.join(", ", purposes));
    }
  }

  /** Said first, as it is the usual mistake; what is signed by whom is checked with the rest. */
  private static void checkOrder(Path file, List<X509Certificate> path) {
    for (int i = 1; i < path.size(); i++) {
      X509Certificate before = path.get(i - 1);
      if (!before.getIssuerX500Principal().equals(path.get(i).getSubjectX500Principal())) {
        throw EvidenceError.CHAIN_BROKEN.at(
            file,
            CertificateNames.item(before),
            "that is of " + CertificateNames.of(path.get(i).getSubjectX500Principal()));
      }
    }
  }

  private static List<String> purposes(Path file, X509Certificate certificate) {
    try {
      List<String> purposes = certificate.getExtendedKeyUsage();
      return purposes == null ? List.of() : purposes;
    } catch (CertificateParsingException e) {
      throw EvidenceError.NOT_A_CERTIFICATE.at(file, CertificateNames.item(certificate));
    }
  }

  private ProblemException refusal(
      Path file, List<X509Certificate> path, CertPathValidatorException e, Instant at) {
    X509Certificate wrong = e.getIndex() < 0 ? path.getLast() : path.get(e.getIndex());
    String item = CertificateNames.item(wrong);
    String reason = e.getReason().toString();
    return switch (e.getReason()) {
      case BasicReason basic ->
          switch (basic) {
            case EXPIRED, NOT_YET_VALID ->
                EvidenceError.NOT_VALID_THEN.at(
                    file,
                    item,
                    wrong.getNotBefore().toInstant(),
                    wrong.getNotAfter().toInstant(),
                    at);
            case INVALID_SIGNATURE ->
                wrong.equals(path.getLast())
                    ? EvidenceError.NOT_AN_ANCHORS_CHAIN.at(file, item, anchorsFile)
                    : EvidenceError.CHAIN_BROKEN.at(file, item, reason);
            default -> EvidenceError.WEAK_CERTIFICATE.at(file, item, reason);
          };
      case PKIXReason pkix ->
          switch (pkix) {
            case NO_TRUST_ANCHOR -> EvidenceError.NOT_AN_ANCHORS_CHAIN.at(file, item, anchorsFile);
            case NAME_CHAINING -> EvidenceError.CHAIN_BROKEN.at(file, item, reason);
            default -> EvidenceError.PATH_REFUSED.at(file, item, reason);
          };
      default -> EvidenceError.WEAK_CERTIFICATE.at(file, item, reason);
    };
  }
}
