package org.m4fw.signing.evidence;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bouncycastle.cert.X509CertificateHolder;
import org.m4fw.base.digest.Digest;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.VerificationKey;

/**
 * The certificates of a key that signed: its own first, each followed by that of its issuer. They
 * lie beside the image, in a PEM file that may hold the chains of several keys one after the other;
 * a certificate of a key that signed begins the next. They say whose key it is to those who keep
 * such inventories; whether it is trusted is for the trust root to say.
 *
 * @param file where they come from
 * @param key the key that signed
 * @param certificates 1 to 16
 */
public record CertificateChain(Path file, VerificationKey key, List<X509Certificate> certificates) {
  /** What is appended to the name of an image for the name of its certificates' file. */
  public static final String SUFFIX = ".certificates.pem";

  public CertificateChain {
    certificates = List.copyOf(certificates);
  }

  /**
   * The chains in a file.
   *
   * @param file PEM, or DER of a single certificate
   * @param signers the keys that signed
   * @return at least one
   * @throws org.m4fw.base.problem.ProblemException with an {@link EvidenceError}, among them {@link
   *     EvidenceError#OTHER_KEY} if the first certificate is of none of these keys
   */
  public static List<CertificateChain> read(Path file, List<VerificationKey> signers) {
    List<CertificateChain> chains = new ArrayList<>();
    List<X509Certificate> current = new ArrayList<>();
    Optional<VerificationKey> key = Optional.empty();
    for (X509CertificateHolder holder : Certificates.read(file)) {
      X509Certificate certificate = parse(file, holder);
      Optional<VerificationKey> own = owner(certificate, signers);
      if (own.isPresent() && key.isPresent()) {
        chains.add(new CertificateChain(file, key.get(), current));
        current.clear();
      }
      Optional<VerificationKey> before = key;
      key = own.or(() -> before);
      if (key.isEmpty()) {
        throw EvidenceError.OTHER_KEY.at(
            file,
            CertificateNames.item(certificate),
            signers.stream().map(VerificationKey::toString).collect(Collectors.joining(", or ")));
      }
      current.add(certificate);
    }
    chains.add(new CertificateChain(file, key.orElseThrow(), current));
    return List.copyOf(chains);
  }

  /**
   * The chains of some keys in a file that may hold others' too, such as those of keys that sign no
   * more; for who keeps them, not for who relies on them.
   *
   * @param keyIds of the keys
   * @throws org.m4fw.base.problem.ProblemException with an {@link EvidenceError} if these are no
   *     certificates
   */
  public static List<CertificateChain> ofSigners(Path file, Set<String> keyIds) {
    List<CertificateChain> chains = new ArrayList<>();
    List<X509Certificate> current = new ArrayList<>();
    Optional<VerificationKey> key = Optional.empty();
    for (X509CertificateHolder holder : Certificates.read(file)) {
      X509Certificate certificate = parse(file, holder);
      byte[] spki = certificate.getPublicKey().getEncoded();
      if (!current.isEmpty() && (keyIds.contains(id(spki)) || !issued(current, certificate))) {
        chains.add(new CertificateChain(file, key.orElseThrow(), current));
        current.clear();
      }
      if (keyIds.contains(id(spki))) {
        String item = CertificateNames.item(certificate);
        key = Optional.of(VerificationKey.ofSpki(file.toString(), item, spki));
      }
      if (!current.isEmpty() || keyIds.contains(id(spki))) {
        current.add(certificate);
      }
    }
    if (!current.isEmpty()) {
      chains.add(new CertificateChain(file, key.orElseThrow(), current));
    }
    return List.copyOf(chains);
  }

  private static String id(byte[] spki) {
    return Digest.of(spki).hex();
  }

  private static boolean issued(List<X509Certificate> chain, X509Certificate next) {
    return chain.getLast().getIssuerX500Principal().equals(next.getSubjectX500Principal());
  }

  static X509Certificate parse(Path file, X509CertificateHolder holder) {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      byte[] der = holder.getEncoded();
      if (factory.generateCertificate(new ByteArrayInputStream(der))
          instanceof X509Certificate certificate) {
        return certificate;
      }
      throw EvidenceError.NOT_A_CERTIFICATE.at(file, "");
    } catch (CertificateException | IOException e) {
      throw EvidenceError.NOT_A_CERTIFICATE.at(file, "");
    }
  }

  /** The signer whose key a certificate is of; the same parser that checks the chain says so. */
  private static Optional<VerificationKey> owner(
      X509Certificate certificate, List<VerificationKey> signers) {
    byte[] spki = certificate.getPublicKey().getEncoded();
    return signers.stream().filter(key -> Arrays.equals(key.spki(), spki)).findFirst();
  }

  /** The content of a file with these chains. */
  public static byte[] pem(List<CertificateChain> chains) {
    ByteArrayOutputStream pem = new ByteArrayOutputStream();
    chains.stream()
        .flatMap(chain -> chain.der().stream())
        .forEach(der -> pem.writeBytes(KeyFiles.certificatePem(der)));
    return pem.toByteArray();
  }

  /** Whose each certificate is, for people to read. */
  public List<String> subjects() {
    return certificates.stream()
        .map(certificate -> CertificateNames.of(certificate.getSubjectX500Principal()))
        .toList();
  }

  /** Who issued each certificate, for people to read. */
  public List<String> issuers() {
    return certificates.stream()
        .map(certificate -> CertificateNames.of(certificate.getIssuerX500Principal()))
        .toList();
  }

  /** The DER of each certificate. */
  public List<byte[]> der() {
    return certificates.stream().map(CertificateChain::der).toList();
  }

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("was parsed", e);
    }
  }
}
