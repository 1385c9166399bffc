package org.m4fw.signing.evidence;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.m4fw.signing.key.KeyFiles;

/** An authority in this process that issues whatever it is asked for. */
final class TestAuthority {
  static final Instant FROM = Instant.parse("2021-01-01T00:00:00Z");
  static final Instant TO = Instant.parse("2024-01-01T00:00:00Z");

  private static final AtomicInteger SERIAL = new AtomicInteger(1);

  private final String name;
  private final KeyPair pair;
  private final String signature;
  private byte[] certificate = {};

  private TestAuthority(String name, KeyPair pair, String signature) {
    this.name = name;
    this.pair = pair;
    this.signature = signature;
  }

  /** What a certificate says beyond names and key. */
  record Request(Instant from, Instant to, List<Extra> extras) {
    /** An extension. */
    record Extra(ASN1ObjectIdentifier id, boolean critical, ASN1Encodable value) {}

    static final Request USUAL = new Request(FROM, TO, List.of());

    Request with(ASN1ObjectIdentifier id, boolean critical, ASN1Encodable value) {
      List<Extra> more = new ArrayList<>(extras);
      more.add(new Extra(id, critical, value));
      return new Request(from, to, more);
    }

    Request during(String first, String last) {
      return new Request(Instant.parse(first), Instant.parse(last), extras);
    }
  }

  static final Request CA =
      Request.USUAL.with(Extension.basicConstraints, true, new BasicConstraints(true));

  /** One that certifies itself. */
  static TestAuthority root(String name) {
    TestAuthority root = keys(name, "EC", 256, "SHA256withECDSA");
    root.certificate = root.issue(name, root.pair.getPublic().getEncoded(), CA);
    return root;
  }

  /** One below this. */
  TestAuthority below(String subject, Request request) {
    TestAuthority below = keys(subject, "EC", 256, "SHA256withECDSA");
    below.certificate = issue(subject, below.pair.getPublic().getEncoded(), request);
    return below;
  }

  /** One that signs what it issues in another way. */
  static TestAuthority keys(String name, String algorithm, int bits, String signature) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(bits);
      TestAuthority made = new TestAuthority(name, generator.generateKeyPair(), signature);
      made.certificate = made.issue(name, made.pair.getPublic().getEncoded(), CA);
      return made;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  byte[] certificate() {
    return certificate.clone();
  }

  byte[] issue(String subject, byte[] spki, Request request) {
    try {
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
              new X500Name("CN=" + name),
              BigInteger.valueOf(SERIAL.getAndIncrement()),
              Date.from(request.from()),
              Date.from(request.to()),
              new X500Name("CN=" + subject),
              SubjectPublicKeyInfo.getInstance(spki));
      for (Request.Extra extra : request.extras()) {
        builder.addExtension(extra.id(), extra.critical(), extra.value());
      }
      return builder
          .build(new JcaContentSignerBuilder(signature).build(pair.getPrivate()))
          .getEncoded();
    } catch (IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  static Path write(Path file, byte[]... certificates) throws IOException {
    Files.write(file, new byte[0]);
    for (byte[] certificate : certificates) {
      Files.write(
          file, KeyFiles.certificatePem(certificate), java.nio.file.StandardOpenOption.APPEND);
    }
    return file;
  }
}
