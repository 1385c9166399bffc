package org.m4fw.signing.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.Envelope;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.SigningKey;
import org.m4fw.signing.key.VerificationKey;

class KeyLineageTest {
  private static SigningKey first;
  private static SigningKey second;
  private static SigningKey third;
  private static SigningKey stranger;

  @BeforeAll
  static void generate() {
    first = SigningKey.generate(Algorithm.ED25519);
    second = SigningKey.generate(Algorithm.ECDSA_P256);
    third = SigningKey.generate(Algorithm.ED25519);
    stranger = SigningKey.generate(Algorithm.ED25519);
  }

  @Test
  void aLineageIsReadBackByteForByte() {
    KeyLineage lineage = lineage(first, second, third);
    assertEquals(3, lineage.size());
    assertEquals(List.of(third.verificationKey()), lineage.latestKeys());
    assertArrayEquals(lineage.bytes(), KeyLineage.parse("lineage", lineage.bytes()).bytes());
  }

  @Test
  void theRootTrustsLaterKeysOfAListedNodeAndNoEarlierOnes() {
    TrustRoot extended = lineage(first, second, third).extend(root(second));
    assertTrue(extended.key(third.verificationKey().id()).isPresent());
    assertTrue(extended.key(first.verificationKey().id()).isEmpty());
    assertEquals(
        Roles.ADAPTER_DEVELOPER, extended.key(third.verificationKey().id()).orElseThrow().role());
  }

  @Test
  void aLineageThatTheRootDoesNotListIsRefused() {
    assertCode(LineageError.UNKNOWN_LINEAGE, () -> lineage(first, second).extend(root(stranger)));
  }

  /** A key for releases must not hand on the right to anything by a lineage. */
  @Test
  void aNodeListedInAnotherRoleIsNotListed() {
    TrustRoot root =
        new TrustRoot(
            "root",
            false,
            List.of(new TrustedKey(first.verificationKey(), Roles.RELEASE)),
            TrustRoot.HYBRID);
    assertCode(LineageError.UNKNOWN_LINEAGE, () -> lineage(first, second).extend(root));
  }

  @Test
  void twoLineagesThatPartAreAFork() {
    KeyLineage common = lineage(first, second);
    KeyLineage one = append(common, List.of(), third, second);
    KeyLineage other = append(common, List.of(), stranger, second);
    KeyLineage.checkForks(List.of(one, one, common));
    assertCode(LineageError.FORK, () -> KeyLineage.checkForks(List.of(one, other)));
  }

  @Test
  void aKeyThatComesBackIsALoop() {
    KeyLineage lineage = lineage(first, second);
    assertCode(LineageError.LOOP, () -> append(lineage, List.of(), first, second));
  }

  @Test
  void aNodeThatThePreviousKeysDidNotSignIsRefused() {
    KeyLineage lineage = lineage(first, second);
    assertCode(LineageError.UNSIGNED, () -> append(lineage, List.of(), third, first));
  }

  @Test
  void aNodeThatItsOwnKeysDidNotSignIsRefused() {
    KeyLineage lineage = lineage(first, second);
    byte[] payload = KeyLineage.payload(Optional.of(lineage), keys(third), List.of());
    assertCode(
        LineageError.UNSIGNED,
        () -> KeyLineage.append("x", Optional.of(lineage), envelope(payload, second)));
  }

  @Test
  void theRightToRollBackIsRefused() {
    assertChanged(LineageError.ROLLBACK, "\"rollback\":false", "\"rollback\":true");
  }

  @Test
  void aMissingNodeIsRefused() {
    KeyLineage whole = lineage(first, second, third);
    String text = new String(whole.bytes(), UTF_8);
    int from = text.indexOf("{\"payload\"");
    int to = text.indexOf("{\"payload\"", from + 1);
    String without = text.substring(0, from) + text.substring(to);
    assertCode(LineageError.NOT_NEXT, () -> KeyLineage.parse("lineage", without.getBytes(UTF_8)));
  }

  @Test
  void aNodeThatFollowsAnotherIsRefused() {
    KeyLineage other = lineage(stranger, second);
    KeyLineage lineage = lineage(first, second);
    byte[] payload = KeyLineage.payload(Optional.of(other), keys(third), List.of());
    assertCode(
        LineageError.NOT_NEXT,
        () -> KeyLineage.append("x", Optional.of(lineage), envelope(payload, second, third)));
  }

  @Test
  void aNodeThatRevokesALaterOneIsRefused() {
    KeyLineage lineage = lineage(first, second);
    assertCode(LineageError.BAD_REVOCATION, () -> append(lineage, List.of(3), third, second));
  }

  @Test
  void signaturesByARevokedNodeAreRefused() {
    KeyLineage lineage = append(lineage(first, second), List.of(1), third, second);
    lineage.checkSigners("adapter", trusted(third));
    assertCode(LineageError.REVOKED_NODE, () -> lineage.checkSigners("adapter", trusted(first)));
  }

  @Test
  void keysOfTwoNodesCountOnceAndAreRefusedTogether() {
    assertCode(
        LineageError.TWO_NODES,
        () -> lineage(first, second).checkSigners("adapter", trusted(first, second)));
  }

  @Test
  void twoKeysOfAClassInANodeAreRefused() {
    byte[] payload = KeyLineage.payload(Optional.empty(), keys(first, third), List.of());
    assertCode(
        LineageError.SAME_CLASS,
        () -> KeyLineage.append("x", Optional.empty(), envelope(payload, first, third)));
  }

  @Test
  void anotherFormOfANodeIsRefused() {
    assertChanged(LineageError.NOT_CANONICAL, "{\"keys\"", "{ \"keys\"");
  }

  @Test
  void anotherSchemaIsRefused() {
    assertChanged(LineageError.WRONG_SCHEMA, "lineage-node/1", "lineage-node/2");
    String text =
        new String(lineage(first).bytes(), UTF_8).replace("key-lineage/1", "key-lineage/2");
    assertCode(LineageError.WRONG_SCHEMA, () -> KeyLineage.parse("l", text.getBytes(UTF_8)));
  }

  @Test
  void signaturesOfAnotherDomainAreRefused() {
    byte[] payload = KeyLineage.payload(Optional.empty(), keys(first), List.of());
    String type = SignedRoot.PAYLOAD_TYPE;
    Envelope other = Envelope.of(type, payload, List.of(sign(type, payload, first)));
    assertCode(LineageError.WRONG_TYPE, () -> KeyLineage.append("x", Optional.empty(), other));
    Envelope moved = Envelope.of(KeyLineage.payloadType(), payload, other.signatures());
    assertCode(LineageError.UNSIGNED, () -> KeyLineage.append("x", Optional.empty(), moved));
  }

  @Test
  void anEmptyLineageIsRefused() {
    byte[] empty = "{\"nodes\":[],\"schema\":\"m4fw/key-lineage/1\"}".getBytes(UTF_8);
    assertCode(LineageError.TOO_MANY, () -> KeyLineage.parse("lineage", empty));
  }

  private static void assertChanged(ErrorCode expected, String from, String to) {
    String good = new String(KeyLineage.payload(Optional.empty(), keys(first), List.of()), UTF_8);
    byte[] changed = good.replace(from, to).getBytes(UTF_8);
    assertCode(expected, () -> KeyLineage.append("x", Optional.empty(), envelope(changed, first)));
  }

  private static KeyLineage lineage(SigningKey... keys) {
    byte[] payload = KeyLineage.payload(Optional.empty(), keys(keys[0]), List.of());
    KeyLineage lineage = KeyLineage.append("lineage", Optional.empty(), envelope(payload, keys[0]));
    for (int i = 1; i < keys.length; i++) {
      lineage = append(lineage, List.of(), keys[i], keys[i - 1]);
    }
    return lineage;
  }

  private static KeyLineage append(
      KeyLineage before, List<Integer> revoked, SigningKey key, SigningKey previous) {
    byte[] payload = KeyLineage.payload(Optional.of(before), keys(key), revoked);
    return KeyLineage.append("lineage", Optional.of(before), envelope(payload, key, previous));
  }

  private static Envelope envelope(byte[] payload, SigningKey... signers) {
    List<Envelope.Signature> signatures = new ArrayList<>();
    for (SigningKey signer : signers) {
      signatures.add(sign(KeyLineage.payloadType(), payload, signer));
    }
    return Envelope.of(KeyLineage.payloadType(), payload, signatures);
  }

  private static Envelope.Signature sign(String type, byte[] payload, SigningKey signer) {
    byte[] message = Envelope.preAuthenticationEncoding(type, payload);
    return Envelope.Signature.of(signer.verificationKey().id(), signer.sign(message));
  }

  private static List<VerificationKey> keys(SigningKey... keys) {
    return Stream.of(keys).map(SigningKey::verificationKey).toList();
  }

  private static List<TrustedKey> trusted(SigningKey... keys) {
    return Stream.of(keys)
        .map(key -> new TrustedKey(key.verificationKey(), Roles.ADAPTER_DEVELOPER))
        .toList();
  }

  private static TrustRoot root(SigningKey listed) {
    return new TrustRoot("root", false, trusted(listed), TrustRoot.HYBRID);
  }

  private static void assertCode(ErrorCode expected, Executable action) {
    ProblemException e = assertThrows(ProblemException.class, action);
    assertEquals(expected, e.problem().code());
  }
}
