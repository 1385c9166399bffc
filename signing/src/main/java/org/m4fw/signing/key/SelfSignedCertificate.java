package org.m4fw.signing.key;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.m4fw.base.digest.Digest;

/**
 * A certificate that a key gives itself, for tools that take no bare keys. It has no validity that
 * anybody could trip over: from 1970 to the end of 9999, which RFC 5280 section 4.1.2.5 names for
 * certificates that do not expire.
 */
public final class SelfSignedCertificate {
  private static final Date FIRST = Date.from(Instant.EPOCH);
  private static final Date LAST = Date.from(Instant.parse("9999-12-31T23:59:59Z"));

  private SelfSignedCertificate() {}

  /**
   * The DER of the certificate; the same key and name give the same, where the key's signatures are
   * deterministic.
   *
   * @param name the common name of subject and issuer
   * @param key an ECDSA key
   */
  public static byte[] of(String name, SigningKey key) {
    byte[] spki = key.verificationKey().spki();
    X500Name subject = new X500NameBuilder().addRDN(BCStyle.CN, name).build();
    BigInteger serial = new BigInteger(1, Arrays.copyOf(Digest.of(spki).bytes(), 16));
    try {
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
              subject, serial, FIRST, LAST, subject, SubjectPublicKeyInfo.getInstance(spki));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      return builder.build(contentSigner(key)).getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException("written to memory", e);
    }
  }

  /** Signs what BouncyCastle writes, with any ECDSA key. */
  public static ContentSigner contentSigner(SigningKey key) {
    ASN1ObjectIdentifier algorithm =
        switch (key.algorithm()) {
          case ECDSA_P256 -> X9ObjectIdentifiers.ecdsa_with_SHA256;
          case ECDSA_P384 -> X9ObjectIdentifiers.ecdsa_with_SHA384;
          default -> throw new IllegalArgumentException(key.algorithm().label());
        };
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    return new ContentSigner() {
      @Override
      public AlgorithmIdentifier getAlgorithmIdentifier() {
        return new AlgorithmIdentifier(algorithm);
      }

      @Override
      public OutputStream getOutputStream() {
        return content;
      }

      @Override
      public byte[] getSignature() {
        return EcdsaForm.der(key.algorithm(), key.sign(content.toByteArray()));
      }
    };
  }
}
