package org.m4fw.signing.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.signing.evidence.TestAuthority.Request;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.SigningKey;
import org.m4fw.signing.key.VerificationKey;

/** Certificates of keys that signed, by an authority in this process. */
final class ChainCheckTest {
  /** SLH-DSA is left out: the JDK, which checks paths, does not know it. */
  private static final List<Algorithm> ALGORITHMS =
      List.of(
          Algorithm.ED25519,
          Algorithm.ECDSA_P256,
          Algorithm.ECDSA_P384,
          Algorithm.ML_DSA_65,
          Algorithm.ML_DSA_87);

  @TempDir Path directory;
  private final TestAuthority root = TestAuthority.root("root");
  private final TestAuthority middle = root.below("middle", TestAuthority.CA);
  private VerificationKey key = key(Algorithm.ECDSA_P256);
  private Path anchors = Path.of("");

  @BeforeEach
  void writeAnchors() throws IOException {
    anchors = TestAuthority.write(directory.resolve("ca.pem"), root.certificate());
  }

  private static VerificationKey key(Algorithm algorithm) {
    try (SigningKey key = SigningKey.generate(algorithm)) {
      return key.verificationKey();
    }
  }

  private byte[] leaf(Request request) {
    return middle.issue("signer", key.spki(), request);
  }

  private ChainCheck.Finding check(Optional<Instant> proven, byte[]... certificates)
      throws IOException {
    Path file = TestAuthority.write(directory.resolve("chain.pem"), certificates);
    CertificateChain chain = CertificateChain.read(file, List.of(key)).getFirst();
    return ChainCheck.against(anchors).check(chain, proven);
  }

  private ChainCheck.Finding check(byte[]... certificates) throws IOException {
    return check(Optional.empty(), certificates);
  }

  private void assertRefused(ErrorCode code, byte[]... certificates) {
    ProblemException refusal =
        assertThrows(ProblemException.class, () -> check(Optional.empty(), certificates));
    assertEquals(code, refusal.problem().code(), refusal.problem().text());
  }

  @Test
  void aChainThatLeadsToAnAnchorIsAccepted() throws IOException {
    ChainCheck.Finding found = check(leaf(Request.USUAL), middle.certificate());
    assertEquals("CN=root", found.anchor());
    assertEquals(List.of("CN=signer", "CN=middle"), found.chain().subjects());
    assertEquals(List.of("CN=middle", "CN=root"), found.chain().issuers());
  }

  @Test
  void theAnchorMayStandAtTheEndOfTheChain() throws IOException {
    assertEquals(
        "CN=root", check(leaf(Request.USUAL), middle.certificate(), root.certificate()).anchor());
  }

  @Test
  void keysOfEveryAlgorithmMayHaveCertificates() throws IOException {
    for (Algorithm algorithm : ALGORITHMS) {
      key = key(algorithm);
      assertEquals(key, check(leaf(Request.USUAL), middle.certificate()).chain().key());
    }
  }

  /** All of them ended years ago; nobody asks this machine what year it is. */
  @Test
  void withoutATimestampTheChainIsJudgedWhenTheLastOfItWasIssued() throws IOException {
    Request later = Request.USUAL.during("2022-05-06T07:08:09Z", "2022-05-07T00:00:00Z");
    assertEquals(
        Instant.parse("2022-05-06T07:08:09Z"), check(leaf(later), middle.certificate()).at());
  }

  @Test
  void withATimestampTheChainIsJudgedAtItsTime() throws IOException {
    Instant then = Instant.parse("2023-12-31T00:00:00Z");
    assertEquals(then, check(Optional.of(then), leaf(Request.USUAL), middle.certificate()).at());
    for (String other : List.of("2020-12-31T00:00:00Z", "2024-01-02T00:00:00Z")) {
      ProblemException refusal =
          assertThrows(
              ProblemException.class,
              () ->
                  check(
                      Optional.of(Instant.parse(other)),
                      leaf(Request.USUAL),
                      middle.certificate()));
      assertEquals(EvidenceError.NOT_VALID_THEN, refusal.problem().code());
    }
  }

  @Test
  void certificatesThatWereNeverValidTogetherAreRefused() {
    Request late = Request.USUAL.during("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    assertRefused(EvidenceError.NOT_VALID_THEN, leaf(late), middle.certificate());
  }

  @Test
  void aChainOfAnotherKeyIsRefused() {
    byte[] other = middle.issue("signer", key(Algorithm.ECDSA_P256).spki(), Request.USUAL);
    assertRefused(EvidenceError.OTHER_KEY, other, middle.certificate());
  }

  @Test
  void aChainInAnotherOrderIsRefused() {
    assertRefused(EvidenceError.OTHER_KEY, middle.certificate(), leaf(Request.USUAL));
    TestAuthority third = middle.below("third", TestAuthority.CA);
    assertRefused(
        EvidenceError.CHAIN_BROKEN,
        third.issue("signer", key.spki(), Request.USUAL),
        middle.certificate(),
        third.certificate());
  }

  @Test
  void aChainWithAGapIsRefused() {
    assertRefused(EvidenceError.NOT_AN_ANCHORS_CHAIN, leaf(Request.USUAL));
  }

  @Test
  void aChainToAnotherAuthorityOfTheSameNameIsRefused() {
    TestAuthority impostor = TestAuthority.root("root");
    TestAuthority theirs = impostor.below("middle", TestAuthority.CA);
    byte[] leaf = theirs.issue("signer", key.spki(), Request.USUAL);
    assertRefused(
        EvidenceError.NOT_AN_ANCHORS_CHAIN, leaf, theirs.certificate(), impostor.certificate());
  }

  @Test
  void whoIsNoAuthorityMayNotIssue() {
    TestAuthority none = middle.below("none", Request.USUAL);
    byte[] leaf = none.issue("signer", key.spki(), Request.USUAL);
    assertRefused(EvidenceError.PATH_REFUSED, leaf, none.certificate(), middle.certificate());
  }

  @Test
  void anAuthorityMayNotHaveMoreBelowItThanItIsAllowed() {
    TestAuthority narrow =
        root.below(
            "narrow",
            Request.USUAL.with(Extension.basicConstraints, true, new BasicConstraints(0)));
    TestAuthority below = narrow.below("below", TestAuthority.CA);
    byte[] leaf = below.issue("signer", key.spki(), Request.USUAL);
    assertRefused(EvidenceError.PATH_REFUSED, leaf, below.certificate(), narrow.certificate());
  }

  @Test
  void anUnknownCriticalExtensionIsRefused() {
    Request odd = Request.USUAL.with(new ASN1ObjectIdentifier("1.2.3.4"), true, DERNull.INSTANCE);
    assertRefused(EvidenceError.PATH_REFUSED, leaf(odd), middle.certificate());
  }

  @Test
  void aCertificateForServersIsNotForSigning() {
    Request server =
        Request.USUAL.with(
            Extension.extendedKeyUsage, true, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    assertRefused(EvidenceError.NOT_FOR_SIGNING, leaf(server), middle.certificate());
    Request encryption =
        Request.USUAL.with(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyEncipherment));
    assertRefused(EvidenceError.NOT_FOR_SIGNING, leaf(encryption), middle.certificate());
  }

  @Test
  void aCertificateForCodeIsForSigning() throws IOException {
    Request code =
        Request.USUAL
            .with(
                Extension.extendedKeyUsage,
                true,
                new ExtendedKeyUsage(KeyPurposeId.id_kp_codeSigning))
            .with(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    assertEquals("CN=root", check(leaf(code), middle.certificate()).anchor());
  }

  @Test
  void anAuthorityThatSignsWithASmallKeyIsRefused() throws IOException {
    TestAuthority weak = TestAuthority.keys("weak", "RSA", 512, "SHA256withRSA");
    anchors = TestAuthority.write(directory.resolve("weak.pem"), weak.certificate());
    assertRefused(EvidenceError.WEAK_CERTIFICATE, weak.issue("signer", key.spki(), Request.USUAL));
  }

  @Test
  void moreThanSixteenCertificatesAreRefused() {
    byte[][] many = new byte[17][];
    Arrays.fill(many, middle.certificate());
    many[0] = leaf(Request.USUAL);
    assertRefused(EvidenceError.TOO_MANY_CERTIFICATES, many);
  }

  @Test
  void aFileMayHoldTheChainsOfSeveralKeys() throws IOException {
    VerificationKey second = key(Algorithm.ML_DSA_65);
    Path file =
        TestAuthority.write(
            directory.resolve("chains.pem"),
            leaf(Request.USUAL),
            middle.certificate(),
            middle.issue("second", second.spki(), Request.USUAL),
            middle.certificate());
    List<CertificateChain> chains = CertificateChain.read(file, List.of(second, key));
    assertEquals(List.of(key, second), chains.stream().map(CertificateChain::key).toList());
    chains.forEach(chain -> ChainCheck.against(anchors).check(chain, Optional.empty()));
    assertArrayEquals(Files.readAllBytes(file), CertificateChain.pem(chains));
  }

  @Test
  void namesHoldNothingThatATerminalObeys() throws IOException {
    byte[] leaf = middle.issue("\u001b[2Jsigner\u202e", key.spki(), Request.USUAL);
    String name = check(leaf, middle.certificate()).chain().subjects().getFirst();
    assertFalse(name.matches("(?s).*\\p{C}.*"), name);
  }

  @Test
  void everyDamagedByteOfACertificateIsRefused() throws IOException {
    byte[] good = leaf(Request.USUAL);
    for (int i = 0; i < good.length; i++) {
      byte[] damaged = good.clone();
      damaged[i] ^= 1;
      ProblemException refusal =
          assertThrows(
              ProblemException.class,
              () -> check(damaged, middle.certificate()),
              "byte " + i + " of " + HexFormat.of().formatHex(good));
      assertInstanceOf(EvidenceError.class, refusal.problem().code());
    }
  }

  @Test
  void otherBytesAreRefused() throws IOException {
    byte[] nested = new byte[100_000];
    for (int i = 0; i < nested.length; i += 2) {
      nested[i] = 0x30;
      nested[i + 1] = (byte) 0x80;
    }
    byte[] long4 = {0x30, (byte) 0x84, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    for (byte[] bytes : List.of(new byte[0], new byte[] {0x30, 0}, long4, nested)) {
      Path file = Files.write(directory.resolve("hostile.der"), bytes);
      for (Path source :
          List.of(file, TestAuthority.write(directory.resolve("hostile.pem"), bytes))) {
        ProblemException refusal =
            assertThrows(ProblemException.class, () -> CertificateChain.read(source, List.of(key)));
        assertEquals(EvidenceError.NOT_A_CERTIFICATE, refusal.problem().code());
      }
    }
  }
}
