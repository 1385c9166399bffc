package org.m4fw.signing.evidence;

import java.security.cert.X509Certificate;
import javax.security.auth.x500.X500Principal;

/** Names of hostile origin, for people to read. */
final class CertificateNames {
  private static final int MOST = 512;

  private CertificateNames() {}

  /** As RFC 2253 has it, without characters that a terminal could take for orders, cut if long. */
  static String of(X500Principal name) {
    String text = name.getName(X500Principal.RFC2253).replaceAll("\\p{C}", "\uFFFD");
    return text.length() > MOST ? text.substring(0, MOST) + "…" : text;
  }

  /** What a message says it is about. */
  static String item(X509Certificate certificate) {
    return "certificate of " + of(certificate.getSubjectX500Principal());
  }
}
