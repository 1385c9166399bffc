package org.m4fw.signing.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.KeyError;
import org.m4fw.signing.key.SigningKey;

class TrustRootTest {
  private static TrustedKey classical;
  private static TrustedKey postQuantum;
  private static String good;

  @TempDir Path directory;

  @BeforeAll
  static void generate() {
    classical = key(Algorithm.ED25519);
    postQuantum = key(Algorithm.ML_DSA_65);
    good = text(root(List.of(classical, postQuantum)));
  }

  @Test
  void aWrittenRootIsReadBack() throws IOException {
    TrustRoot root = read(good);
    assertEquals(List.of(classical, postQuantum), root.keys());
    assertEquals(TrustRoot.HYBRID, root.required());
    assertEquals(false, root.development());
    assertArrayEquals(good.getBytes(UTF_8), TrustRootFile.bytes(root));
  }

  @Test
  void whiteSpaceIsFree() throws IOException {
    assertEquals(2, read(good.replace(",", " ,\n ").replace(":", ": ")).keys().size());
  }

  @Test
  void aMissingRootIsSaidWithTheRemedy() {
    ProblemException e =
        assertThrows(
            ProblemException.class, () -> TrustRoot.read(directory.resolve("trust-root.json")));
    assertEquals(TrustRootError.MISSING, e.problem().code());
  }

  @Test
  void anotherSchemaIsRefused() {
    assertRefused(TrustRootError.WRONG_SCHEMA, s -> s.replace("trust-root/1", "trust-root/2"));
  }

  @Test
  void anUnknownFieldIsRefused() {
    assertRefused(
        JsonError.UNKNOWN_FIELD, s -> s.replace("{\"development\"", "{\"x\":1,\"development\""));
  }

  @Test
  void anUnknownFieldOfAKeyIsRefused() {
    assertRefused(JsonError.UNKNOWN_FIELD, s -> s.replaceFirst("\"role\"", "\"x\":1,\"role\""));
  }

  @Test
  void aFieldThatIsThereTwiceIsRefused() {
    assertRefused(
        JsonError.SYNTAX,
        s -> s.replace("{\"development\":false", "{\"development\":true,\"development\":false"));
  }

  @Test
  void anAlgorithmThatIsNotTheKeysIsRefused() {
    assertRefused(TrustRootError.WRONG_ALGORITHM, s -> s.replace("\"ed25519\"", "\"ml-dsa-65\""));
  }

  @Test
  void aKeyIdThatIsNotTheKeysIsRefused() {
    assertRefused(TrustRootError.WRONG_KEY_ID, s -> s.replace(classical.id(), postQuantum.id()));
  }

  @Test
  void aKeyWithLeftOverBase64BitsIsRefused() {
    assertRefused(
        TrustRootError.NOT_BASE64,
        s -> {
          int last = s.indexOf('=') - 1;
          // The two low bits of the last character belong to no byte: the next one decodes alike.
          return s.substring(0, last) + (char) (s.charAt(last) + 1) + s.substring(last + 1);
        });
  }

  @Test
  void aKeyThatIsNotBase64IsRefused() {
    assertRefused(TrustRootError.NOT_BASE64, s -> s.replace("MCowBQYDK2Vw", "MCowBQYDK2V?"));
  }

  @Test
  void aKeyOfAnUnknownAlgorithmIsRefused() {
    assertRefused(KeyError.WRONG_SPKI, s -> s.replace("MCowBQYDK2Vw", "MCowBQYDK2Vu"));
  }

  @Test
  void aRoleWithStrangeCharactersIsRefused() {
    assertRefused(TrustRootError.WRONG_ROLE, s -> s.replace("\"release\"", "\"Release\""));
  }

  @Test
  void anUnknownClassIsRefused() {
    assertRefused(TrustRootError.WRONG_CLASS, s -> s.replace("\"classical\"", "\"quantum\""));
  }

  @Test
  void aKeyListedTwiceIsRefused() {
    assertRefused(
        TrustRootError.DUPLICATE_KEY, s -> text(root(List.of(classical, postQuantum, classical))));
  }

  /** One key must not stand for two by having two roles. */
  @Test
  void aKeyListedInTwoRolesIsRefused() {
    TrustedKey other = new TrustedKey(classical.key(), "security");
    assertRefused(
        TrustRootError.DUPLICATE_KEY, s -> text(root(List.of(classical, postQuantum, other))));
  }

  @Test
  void tooManyKeysAreRefused() {
    assertRefused(TrustRootError.TOO_MANY, s -> text(root(Collections.nCopies(65, classical))));
  }

  @Test
  void aRootThatRequiresNothingIsRefused() {
    assertRefused(
        TrustRootError.TOO_WEAK,
        s -> text(new TrustRoot("", false, List.of(classical, postQuantum), List.of())));
  }

  @Test
  void aRootThatRequiresNoPostQuantumSignatureIsRefused() {
    assertRefused(
        TrustRootError.TOO_WEAK,
        s ->
            text(
                new TrustRoot(
                    "", false, List.of(classical, postQuantum), TrustRoot.HYBRID.subList(0, 1))));
  }

  @Test
  void aThresholdOfZeroIsRefused() {
    assertRefused(
        JsonError.OUT_OF_RANGE, s -> s.replaceFirst("\"threshold\":1", "\"threshold\":0"));
  }

  @Test
  void aThresholdAboveTheNumberOfKeysIsRefused() {
    assertRefused(
        TrustRootError.UNSATISFIABLE, s -> s.replaceFirst("\"threshold\":1", "\"threshold\":2"));
  }

  @Test
  void twoRequirementsForTheSameAreRefused() {
    assertRefused(
        TrustRootError.DUPLICATE_REQUIREMENT,
        s -> s.replace("\"post-quantum\",\"role\"", "\"classical\",\"role\""));
  }

  /** Whatever the bytes, a trust root or one of our errors. */
  @Test
  void damagedRootsAreReadOrRefused() throws IOException {
    Random random = new Random(11);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      StringBuilder damaged = new StringBuilder(good);
      damaged.setCharAt(random.nextInt(damaged.length()), (char) random.nextInt(128));
      try {
        read(damaged.toString());
      } catch (ProblemException e) {
        refused++;
      }
    }
    assertTrue(refused > 1900);
  }

  private void assertRefused(ErrorCode expected, UnaryOperator<String> change) {
    String changed = change.apply(good);
    ProblemException e = assertThrows(ProblemException.class, () -> read(changed));
    assertEquals(expected, e.problem().code());
  }

  private TrustRoot read(String text) throws IOException {
    Path file = directory.resolve("trust-root.json");
    Files.writeString(file, text);
    return TrustRoot.read(file);
  }

  private static String text(TrustRoot root) {
    return new String(TrustRootFile.bytes(root), UTF_8);
  }

  private static TrustRoot root(List<TrustedKey> keys) {
    return new TrustRoot("", false, keys, TrustRoot.HYBRID);
  }

  private static TrustedKey key(Algorithm algorithm) {
    return new TrustedKey(SigningKey.generate(algorithm).verificationKey(), TrustRoot.RELEASE);
  }
}
