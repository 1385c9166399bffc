package org.m4fw.signing.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

/** Keys in a real token: SoftHSM2 through the JDK's PKCS#11 provider. */
class TokenKeyTest {
  private static int count;
  private static final byte[] MESSAGE = "a message".getBytes(StandardCharsets.UTF_8);

  @TempDir Path temporary;
  private SoftHsm token;

  @BeforeEach
  void makeToken() throws IOException {
    token = SoftHsm.token();
  }

  @ParameterizedTest
  @EnumSource(names = {"ECDSA_P256", "ECDSA_P384"})
  void aKeyMadeInATokenSigns(Algorithm algorithm) {
    String name = newName();
    String id;
    try (TokenKey made = generate(name, algorithm)) {
      id = made.verificationKey().id();
      assertTrue(made.verificationKey().verifies(MESSAGE, made.sign(MESSAGE)));
    }
    try (TokenKey opened = open(name)) {
      assertEquals(id, opened.verificationKey().id());
      assertEquals(algorithm, opened.algorithm());
      // Half of a token's signatures have the higher s, which verification refuses.
      for (int i = 0; i < 12; i++) {
        byte[] message = {(byte) i};
        byte[] signature = opened.sign(message);
        assertEquals(algorithm.signatureBytes(), signature.length);
        assertTrue(opened.verificationKey().verifies(message, signature));
      }
    }
  }

  @Test
  void theKeyIdIsTheDigestOfThePublicKey() {
    try (TokenKey key = generate(newName(), Algorithm.ECDSA_P256)) {
      Path file = temporary.resolve("key.pub.pem");
      KeyFiles.writePublic(file, key.verificationKey());
      assertEquals(key.verificationKey(), KeyFiles.readPublic(file));
    }
  }

  @Test
  void twoKeysOfATokenDiffer() {
    try (TokenKey one = generate(newName(), Algorithm.ECDSA_P256);
        TokenKey two = generate(newName(), Algorithm.ECDSA_P256)) {
      assertNotEquals(one.verificationKey().id(), two.verificationKey().id());
      assertFalse(one.verificationKey().verifies(MESSAGE, two.sign(MESSAGE)));
    }
  }

  @Test
  void aWrongPinIsRefusedWithoutSayingIt() {
    ProblemException e =
        assertThrows(
            ProblemException.class,
            () ->
                TokenKey.open(
                    token.module(), token.slot(), "x", Passphrase.of("123456789".toCharArray())));
    assertEquals(TokenError.WRONG_PIN, e.problem().code());
    assertFalse(e.toString().contains("123456789"));
  }

  @Test
  void aKeyThatIsNotThereIsRefused() {
    assertRefused(TokenError.NO_SUCH_KEY, () -> open("missing"));
  }

  @Test
  void aNameIsNotTakenTwice() {
    String name = newName();
    generate(name, Algorithm.ECDSA_P256).close();
    assertRefused(TokenError.KEY_EXISTS, () -> generate(name, Algorithm.ECDSA_P256));
  }

  @ParameterizedTest
  @EnumSource(names = {"ED25519", "ML_DSA_65"})
  void otherAlgorithmsAreRefused(Algorithm algorithm) {
    assertRefused(TokenError.NO_SUCH_ALGORITHM, () -> generate(newName(), algorithm));
  }

  @Test
  void aSlotThatIsNotThereIsRefused() {
    assertRefused(
        TokenError.UNUSABLE, () -> TokenKey.open(token.module(), 4242, "release", token.pin()));
  }

  @Test
  void aModuleThatIsNotThereIsRefused() {
    assertRefused(
        TokenError.UNUSABLE,
        () -> TokenKey.open(temporary.resolve("none.so"), 0, "release", token.pin()));
  }

  @Test
  void aModulePathCannotAddToTheConfiguration() {
    for (String path : new String[] {"lib.so", "/x\"\nshowInfo = true", "/${user.home}/x.so"}) {
      assertRefused(
          TokenError.BAD_MODULE, () -> TokenKey.open(Path.of(path), 0, "release", token.pin()));
    }
  }

  /** The tests share a token. */
  private static String newName() {
    count++;
    return "key-" + count;
  }

  private TokenKey generate(String label, Algorithm algorithm) {
    try (Passphrase pin = token.pin()) {
      return TokenKey.generate(token.module(), token.slot(), label, algorithm, pin);
    }
  }

  private TokenKey open(String label) {
    try (Passphrase pin = token.pin()) {
      return TokenKey.open(token.module(), token.slot(), label, pin);
    }
  }

  private static void assertRefused(ErrorCode code, Executable action) {
    assertEquals(code, assertThrows(ProblemException.class, action).problem().code());
  }
}
