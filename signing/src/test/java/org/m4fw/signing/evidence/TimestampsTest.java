package org.m4fw.signing.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.SignerInfoGeneratorBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampResponseGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;
import org.bouncycastle.util.CollectionStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

/** Timestamps by an authority in this process. */
class TimestampsTest {
  private static final Digest IMAGE = Digest.of(new byte[] {1});
  private static final Instant TIME = Instant.parse("2026-03-04T05:06:07Z");

  @TempDir Path directory;
  private Authority authority;

  /** An authority, its certificate valid in 2026. */
  private record Authority(ContentSigner signer, X509CertificateHolder certificate, Path file) {}

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = authority("tsa", KeyPurposeId.id_kp_timeStamping);
  }

  @Test
  void aTimestampProvesItsTime() throws Exception {
    Timestamps.Proof proof = check(IMAGE, stamp(authority, IMAGE, TIME));
    assertEquals(TIME, proof.time());
    assertEquals("CN=tsa", proof.authority());
  }

  @Test
  void theRequestHoldsTheImageIdAndNothingRandom() throws IOException {
    assertArrayEquals(
        IMAGE.bytes(), new TimeStampRequest(Timestamps.request(IMAGE)).getMessageImprintDigest());
    assertArrayEquals(Timestamps.request(IMAGE), Timestamps.request(IMAGE));
  }

  @Test
  void aTimestampForAnotherImageIsRefused() throws Exception {
    byte[] other = stamp(authority, Digest.of(new byte[] {2}), TIME);
    assertRefused(EvidenceError.OTHER_IMAGE, () -> check(IMAGE, other));
  }

  @Test
  void aTimestampByAnotherAuthorityIsRefused() throws Exception {
    byte[] other = stamp(authority("other", KeyPurposeId.id_kp_timeStamping), IMAGE, TIME);
    assertRefused(EvidenceError.TIMESTAMP_SIGNATURE, () -> check(IMAGE, other));
  }

  @Test
  void aTimeOutsideOfTheCertificatesIsRefused() throws Exception {
    byte[] late = stamp(authority, IMAGE, Instant.parse("2031-01-01T00:00:00Z"));
    assertRefused(EvidenceError.TIMESTAMP_SIGNATURE, () -> check(IMAGE, late));
  }

  @Test
  void aDamagedTimestampIsRefused() throws Exception {
    byte[] bytes = stamp(authority, IMAGE, TIME);
    bytes[bytes.length - 5] ^= 1;
    assertRefused(EvidenceError.TIMESTAMP_SIGNATURE, () -> check(IMAGE, bytes));
  }

  @Test
  void otherBytesAreRefused() {
    for (byte[] bytes :
        List.of(new byte[0], new byte[] {0x30, 0}, new byte[] {5, 0}, new byte[99])) {
      assertRefused(EvidenceError.NOT_A_TIMESTAMP, () -> check(IMAGE, bytes));
    }
  }

  @Test
  void aRefusalOfTheAuthorityIsNoTimestamp() throws Exception {
    TimeStampResponseGenerator generator =
        new TimeStampResponseGenerator(tokens(authority), Set.of());
    TimeStampResponse response = generator.generateFailResponse(2, 1 << 7, "we are closed");
    assertRefused(EvidenceError.NOT_GRANTED, () -> check(IMAGE, response.getEncoded()));
  }

  @Test
  void somethingElseThanACertificateIsRefused() throws Exception {
    byte[] good = stamp(authority, IMAGE, TIME);
    Files.write(authority.file(), new byte[] {0x30, 0});
    assertRefused(EvidenceError.NOT_A_CERTIFICATE, () -> check(IMAGE, good));
  }

  private Timestamps.Proof check(Digest imageId, byte[] response) throws IOException {
    Path file = Files.write(directory.resolve("image.tsr"), response);
    return Timestamps.check(imageId, file, authority.file());
  }

  private static byte[] stamp(Authority authority, Digest imageId, Instant time) throws Exception {
    TimeStampResponseGenerator generator =
        new TimeStampResponseGenerator(
            tokens(authority), Set.of("2.16.840.1.101.3.4.2.1"), Set.of(), Set.of());
    return generator
        .generate(
            new TimeStampRequest(Timestamps.request(imageId)), BigInteger.TWO, Date.from(time))
        .getEncoded();
  }

  private static TimeStampTokenGenerator tokens(Authority authority) throws Exception {
    TimeStampTokenGenerator generator =
        new TimeStampTokenGenerator(
            new SignerInfoGeneratorBuilder(new BcDigestCalculatorProvider())
                .build(authority.signer(), authority.certificate()),
            new BcDigestCalculatorProvider()
                .get(
                    new org.bouncycastle.operator.DefaultDigestAlgorithmIdentifierFinder()
                        .find("SHA-256")),
            new ASN1ObjectIdentifier("1.2.3"));
    generator.addCertificates(new CollectionStore<>(List.of(authority.certificate())));
    return generator;
  }

  private Authority authority(String name, KeyPurposeId purpose)
      throws GeneralSecurityException, Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    X500Name subject = new X500Name("CN=" + name);
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            subject,
            BigInteger.ONE,
            Date.from(Instant.parse("2026-01-01T00:00:00Z")),
            Date.from(Instant.parse("2027-01-01T00:00:00Z")),
            subject,
            pair.getPublic());
    builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purpose));
    ContentSigner signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
    X509CertificateHolder certificate = builder.build(signer);
    Path file = Files.write(directory.resolve(name + ".der"), certificate.getEncoded());
    return new Authority(signer, certificate, file);
  }

  private static void assertRefused(ErrorCode code, Executable action) {
    assertEquals(code, assertThrows(ProblemException.class, action).problem().code());
  }
}
