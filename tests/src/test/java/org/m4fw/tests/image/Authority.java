package org.m4fw.tests.image;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.VerificationKey;

/** An authority in this process, with one below it. */
final class Authority {
  /** As another program will ask its own clock. */
  private static final Instant FROM = Instant.parse("2020-01-01T00:00:00Z");

  private static final Instant TO = Instant.parse("2120-01-01T00:00:00Z");

  private final KeyPair root = pair();
  private final KeyPair middle = pair();
  private final byte[] rootCertificate;
  private final byte[] middleCertificate;

  Authority() {
    rootCertificate = issue("root", root, "root", root.getPublic().getEncoded(), true);
    middleCertificate = issue("root", root, "middle", middle.getPublic().getEncoded(), true);
  }

  private static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] issue(
      String issuer, KeyPair key, String subject, byte[] spki, boolean authority) {
    try {
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
              new X500Name("CN=" + issuer),
              BigInteger.valueOf(subject.hashCode()).abs(),
              Date.from(FROM),
              Date.from(TO),
              new X500Name("CN=" + subject),
              SubjectPublicKeyInfo.getInstance(spki));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(authority ? KeyUsage.keyCertSign : KeyUsage.digitalSignature));
      return builder
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
          .getEncoded();
    } catch (IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  /** Writes the certificates of a key, its own first, without the anchor. */
  Path chain(Path file, VerificationKey key) throws IOException {
    write(file, issue("middle", middle, "signer", key.spki(), false));
    return Files.write(file, KeyFiles.certificatePem(middleCertificate), StandardOpenOption.APPEND);
  }

  /** Writes the anchor. */
  Path anchor(Path file) throws IOException {
    return write(file, rootCertificate);
  }

  private static Path write(Path file, byte[] certificate) throws IOException {
    return Files.write(file, KeyFiles.certificatePem(certificate));
  }
}
