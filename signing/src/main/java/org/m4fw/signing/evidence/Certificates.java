package org.m4fw.signing.evidence;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.cert.X509CertificateHolder;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.signing.key.SigningKey;

/** X.509 certificates in files. */
final class Certificates {
  private static final long MAX_BYTES = 256 << 10;
  private static final int MAX_CHAIN = 16;
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]*)-----END CERTIFICATE-----");

  private Certificates() {}

  /** The certificates of a file, PEM or DER, in its order; at least one. */
  static List<X509CertificateHolder> read(Path file) {
    return parse(file, FileBytes.read(file, MAX_BYTES));
  }

  /** As {@link #read}, of the file's bytes. */
  static List<X509CertificateHolder> parse(Path file, byte[] bytes) {
    List<X509CertificateHolder> certificates = new ArrayList<>();
    Matcher block = PEM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    while (block.find() && certificates.size() <= MAX_CHAIN) {
      certificates.add(parse(file.toString(), decode(file, block.group(1))));
    }
    if (certificates.isEmpty()) {
      certificates.add(parse(file.toString(), bytes));
    }
    if (certificates.size() > MAX_CHAIN) {
      throw EvidenceError.TOO_MANY_CERTIFICATES.at(file, "", MAX_CHAIN);
    }
    return List.copyOf(certificates);
  }

  private static byte[] decode(Path file, String base64) {
    try {
      return Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw EvidenceError.NOT_A_CERTIFICATE.at(file, "");
    }
  }

  /** A certificate, whose key has to be this one. */
  static X509CertificateHolder of(String file, byte[] der, SigningKey key) {
    X509CertificateHolder certificate = parse(file, der);
    if (!Arrays.equals(spki(certificate), key.verificationKey().spki())) {
      throw EvidenceError.OTHER_KEY.at(file, "", key.verificationKey());
    }
    return certificate;
  }

  static byte[] spki(X509CertificateHolder certificate) {
    try {
      return certificate.getSubjectPublicKeyInfo().getEncoded("DER");
    } catch (IOException e) {
      throw new IllegalStateException("written to memory", e);
    }
  }

  private static X509CertificateHolder parse(String file, byte[] der) {
    try {
      X509CertificateHolder certificate = new X509CertificateHolder(der);
      // Signatures are whole bytes; with bits left over, one certificate would have two encodings.
      if (certificate.toASN1Structure().getSignature().getPadBits() != 0) {
        throw EvidenceError.NOT_A_CERTIFICATE.at(file, "");
      }
      return certificate;
    } catch (ProblemException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The parser throws many kinds; all mean the same.
      throw EvidenceError.NOT_A_CERTIFICATE.at(file, "");
    }
  }
}
