package org.m4fw.signing.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageError;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.SigningKey;

class SignatureCheckTest {
  private static final String TYPE = Kind.IMAGE.payloadType();
  private static final byte[] PAYLOAD = "{\"manifest\":1}".getBytes(UTF_8);
  private static final List<RequiredSignature> NOTHING_MORE = List.of();

  private static SigningKey classical;
  private static SigningKey postQuantum;
  private static SigningKey stranger;
  private static TrustRoot root;

  @BeforeAll
  static void generate() {
    classical = SigningKey.generate(Algorithm.ED25519);
    postQuantum = SigningKey.generate(Algorithm.ML_DSA_65);
    stranger = SigningKey.generate(Algorithm.ED25519);
    root = root(TrustRoot.HYBRID, trusted(classical), trusted(postQuantum));
  }

  @Test
  void bothSignaturesTogetherAreTrusted() {
    SignatureCheck.Result result =
        check(envelope(signature(classical), signature(postQuantum)), TrustRoot.HYBRID);
    assertEquals(Set.copyOf(root.keys()), Set.copyOf(result.signers()));
    assertTrue(result.unknown().isEmpty());
  }

  @Test
  void strippingThePostQuantumSignatureIsRefused() {
    assertRefused(VerificationError.TOO_FEW_FOR_ROOT, envelope(signature(classical)));
  }

  @Test
  void strippingTheClassicalSignatureIsRefused() {
    assertRefused(VerificationError.TOO_FEW_FOR_ROOT, envelope(signature(postQuantum)));
  }

  /** The root is content with two, but the payload says that there were three. */
  @Test
  void strippingASignatureThatOnlyThePayloadRequiresIsRefused() {
    SigningKey second = SigningKey.generate(Algorithm.ED25519);
    TrustRoot wider =
        root(TrustRoot.HYBRID, trusted(classical), trusted(postQuantum), trusted(second));
    List<RequiredSignature> required =
        List.of(new RequiredSignature(TrustRoot.RELEASE, AlgorithmClass.CLASSICAL, 2));
    SignatureCheck check = new SignatureCheck("image", wider, Policy.STRICT);
    Envelope whole = envelope(signature(classical), signature(second), signature(postQuantum));
    assertEquals(3, check.run(whole, TYPE, TrustRoot.RELEASE, required).signers().size());
    Envelope stripped = envelope(signature(classical), signature(postQuantum));
    assertCode(
        VerificationError.TOO_FEW_FOR_PAYLOAD,
        () -> check.run(stripped, TYPE, TrustRoot.RELEASE, required));
  }

  @Test
  void anEnvelopeWithoutSignaturesCannotExist() {
    assertCode(ImageError.ENVELOPE_UNSIGNED, SignatureCheckTest::envelope);
  }

  @Test
  void theSameSignatureTwiceCannotExist() {
    assertCode(
        ImageError.ENVELOPE_FIELD,
        () -> envelope(signature(classical), signature(classical), signature(postQuantum)));
  }

  @Test
  void aThresholdIsNotMetByOneKeyUnderTwoKeyIds() {
    SigningKey second = SigningKey.generate(Algorithm.ED25519);
    TrustRoot twoOfTwo =
        root(
            List.of(
                new RequiredSignature(TrustRoot.RELEASE, AlgorithmClass.CLASSICAL, 2),
                new RequiredSignature(TrustRoot.RELEASE, AlgorithmClass.POST_QUANTUM, 1)),
            trusted(classical),
            trusted(second),
            trusted(postQuantum));
    Envelope.Signature renamed =
        Envelope.Signature.of("again", classical.sign(message(TYPE, PAYLOAD)));
    Envelope envelope = envelope(signature(classical), renamed, signature(postQuantum));
    assertCode(
        VerificationError.UNKNOWN_SIGNER,
        () ->
            new SignatureCheck("image", twoOfTwo, Policy.STRICT)
                .run(envelope, TYPE, TrustRoot.RELEASE, NOTHING_MORE));
    assertCode(
        VerificationError.TOO_FEW_FOR_ROOT,
        () ->
            new SignatureCheck("image", twoOfTwo, new Policy(false, true))
                .run(envelope, TYPE, TrustRoot.RELEASE, NOTHING_MORE));
  }

  @Test
  void aSignatureUnderTheIdOfAnotherKeyIsRefused() {
    SigningKey second = SigningKey.generate(Algorithm.ED25519);
    TrustRoot wider =
        root(TrustRoot.HYBRID, trusted(classical), trusted(postQuantum), trusted(second));
    Envelope envelope =
        envelope(
            Envelope.Signature.of(
                second.verificationKey().id(), classical.sign(message(TYPE, PAYLOAD))),
            signature(postQuantum));
    assertCode(
        VerificationError.BAD_SIGNATURE,
        () ->
            new SignatureCheck("image", wider, Policy.STRICT)
                .run(envelope, TYPE, TrustRoot.RELEASE, NOTHING_MORE));
  }

  /** The algorithm is that of the key in the root: the bytes of another do not fit. */
  @Test
  void aSignatureOfAnotherAlgorithmIsRefused() {
    Envelope.Signature swapped =
        Envelope.Signature.of(
            postQuantum.verificationKey().id(), classical.sign(message(TYPE, PAYLOAD)));
    assertRefused(VerificationError.SIGNATURE_LENGTH, envelope(signature(classical), swapped));
  }

  @Test
  void anAlgorithmNamedInTheEnvelopeIsRefused() {
    String json =
        new String(envelope(signature(classical), signature(postQuantum)).bytes(), UTF_8)
            .replaceFirst("\\{\"keyid\"", "{\"alg\":\"none\",\"keyid\"");
    assertCode(ImageError.ENVELOPE_FIELD, () -> Envelope.parse("image", json.getBytes(UTF_8)));
  }

  @Test
  void anAdaptersEnvelopeIsNoImages() {
    String type = Kind.ADAPTER.payloadType();
    assertRefused(
        VerificationError.WRONG_PAYLOAD_TYPE,
        Envelope.of(
            type, PAYLOAD, List.of(signature(classical, type), signature(postQuantum, type))));
  }

  @Test
  void signaturesMadeForAnotherPayloadTypeAreRefused() {
    String type = Kind.ADAPTER.payloadType();
    assertRefused(
        VerificationError.BAD_SIGNATURE,
        envelope(signature(classical, type), signature(postQuantum, type)));
  }

  @Test
  void signaturesOverThePayloadWithoutItsTypeAreRefused() {
    assertRefused(
        VerificationError.BAD_SIGNATURE,
        envelope(over(classical, PAYLOAD), over(postQuantum, PAYLOAD)));
  }

  @Test
  void signaturesOverTheDigestOfThePayloadAreRefused() {
    byte[] digest = Digest.of(PAYLOAD).bytes();
    assertRefused(
        VerificationError.BAD_SIGNATURE,
        envelope(over(classical, digest), over(postQuantum, digest)));
  }

  @Test
  void signaturesOverAnotherPayloadAreRefused() {
    byte[] other = message(TYPE, "{\"manifest\":2}".getBytes(UTF_8));
    assertRefused(
        VerificationError.BAD_SIGNATURE,
        envelope(over(classical, other), over(postQuantum, other)));
  }

  @Test
  void aShortSignatureIsRefused() {
    byte[] whole = classical.sign(message(TYPE, PAYLOAD));
    Envelope.Signature cut =
        Envelope.Signature.of(classical.verificationKey().id(), Arrays.copyOf(whole, 63));
    assertRefused(VerificationError.SIGNATURE_LENGTH, envelope(cut, signature(postQuantum)));
  }

  @Test
  void aSignatureWithWrongHintsIsRefused() {
    byte[] damaged = postQuantum.sign(message(TYPE, PAYLOAD));
    damaged[damaged.length - 1] = (byte) 0xff;
    assertRefused(
        VerificationError.BAD_SIGNATURE,
        envelope(
            signature(classical),
            Envelope.Signature.of(postQuantum.verificationKey().id(), damaged)));
  }

  /** Bytes that nobody checks could be changed by anybody. */
  @Test
  void aSignatureByAnUnknownKeyIsRefusedUnlessAllowed() {
    Envelope envelope = envelope(signature(classical), signature(postQuantum), signature(stranger));
    assertRefused(VerificationError.UNKNOWN_SIGNER, envelope);
    SignatureCheck.Result result =
        new SignatureCheck("image", root, new Policy(false, true))
            .run(envelope, TYPE, TrustRoot.RELEASE, TrustRoot.HYBRID);
    assertEquals(List.of(stranger.verificationKey().id()), result.unknown());
    assertEquals(2, result.signers().size());
  }

  @Test
  void anUnknownSignatureNeverCounts() {
    Envelope envelope = envelope(signature(stranger), signature(postQuantum));
    assertCode(
        VerificationError.TOO_FEW_FOR_ROOT,
        () ->
            new SignatureCheck("image", root, new Policy(true, true))
                .run(envelope, TYPE, TrustRoot.RELEASE, NOTHING_MORE));
  }

  /** A key counts only for the role that the root gives it. */
  @Test
  void aSignatureInAnotherRoleDoesNotCount() {
    List<RequiredSignature> required =
        List.of(new RequiredSignature("testing", AlgorithmClass.CLASSICAL, 1));
    assertCode(
        VerificationError.TOO_FEW_FOR_PAYLOAD,
        () -> check(envelope(signature(classical), signature(postQuantum)), required));
  }

  /** Every required signature may be there; one that is wrong spoils the file. */
  @Test
  void aWrongSignatureBesideEnoughRightOnesIsRefused() {
    SigningKey second = SigningKey.generate(Algorithm.ED25519);
    TrustRoot wider =
        root(TrustRoot.HYBRID, trusted(classical), trusted(postQuantum), trusted(second));
    Envelope envelope =
        envelope(
            signature(classical),
            signature(postQuantum),
            Envelope.Signature.of(second.verificationKey().id(), new byte[64]));
    assertCode(
        VerificationError.BAD_SIGNATURE,
        () ->
            new SignatureCheck("image", wider, Policy.STRICT)
                .run(envelope, TYPE, TrustRoot.RELEASE, NOTHING_MORE));
  }

  /**
   * One bit of each byte: payload, type, key ids, signatures and what is between. In a file the
   * checksums of the container would catch these first, but whoever changes bytes on purpose
   * corrects those.
   */
  @Test
  void aFlippedBitAnywhereInTheEnvelopeIsRefused() {
    byte[] good = envelope(signature(classical), signature(postQuantum)).bytes();
    IntStream.range(0, good.length)
        .parallel()
        .forEach(
            i -> {
              byte[] flipped = good.clone();
              flipped[i] ^= (byte) (1 << i % 8);
              assertThrows(
                  ProblemException.class,
                  () -> check(Envelope.parse("image", flipped), TrustRoot.HYBRID),
                  () -> "byte " + i);
            });
  }

  private static SignatureCheck.Result check(Envelope envelope, List<RequiredSignature> required) {
    return new SignatureCheck("image", root, Policy.STRICT)
        .run(envelope, TYPE, TrustRoot.RELEASE, required);
  }

  private static void assertRefused(ErrorCode expected, Envelope envelope) {
    assertCode(expected, () -> check(envelope, NOTHING_MORE));
  }

  private static void assertCode(ErrorCode expected, Runnable action) {
    ProblemException e = assertThrows(ProblemException.class, action::run);
    assertEquals(expected, e.problem().code());
  }

  private static Envelope envelope(Envelope.Signature... signatures) {
    return Envelope.of(TYPE, PAYLOAD, new ArrayList<>(List.of(signatures)));
  }

  private static Envelope.Signature signature(SigningKey key) {
    return signature(key, TYPE);
  }

  private static Envelope.Signature signature(SigningKey key, String type) {
    return over(key, message(type, PAYLOAD));
  }

  private static Envelope.Signature over(SigningKey key, byte[] message) {
    return Envelope.Signature.of(key.verificationKey().id(), key.sign(message));
  }

  private static byte[] message(String type, byte[] payload) {
    return Envelope.preAuthenticationEncoding(type, payload);
  }

  private static TrustedKey trusted(SigningKey key) {
    return new TrustedKey(key.verificationKey(), TrustRoot.RELEASE);
  }

  private static TrustRoot root(List<RequiredSignature> required, TrustedKey... keys) {
    return new TrustRoot("trust-root.json", false, List.of(keys), required);
  }
}
