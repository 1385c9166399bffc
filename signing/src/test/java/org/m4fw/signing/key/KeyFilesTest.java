package org.m4fw.signing.key;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEInputDecryptorProviderBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

class KeyFilesTest {
  private static final Passphrase.Source RIGHT =
      file -> Passphrase.of("correct höRse".toCharArray());
  private static final Passphrase.Source WRONG =
      file -> Passphrase.of("correct horse".toCharArray());

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("classical.key.pem");
  }

  @ParameterizedTest
  @EnumSource
  void aPlainKeyIsReadBack(Algorithm algorithm) {
    SoftwareKey key = SoftwareKey.generate(algorithm);
    KeyFiles.writePrivate(file, key, Optional.empty());
    assertFalse(KeyFiles.isEncrypted(file));
    assertArrayEquals(key.pkcs8(), KeyFiles.readPrivate(file, Passphrase.Source.none()).pkcs8());
  }

  @ParameterizedTest
  @EnumSource
  void anEncryptedKeyIsReadBackWithItsPassphrase(Algorithm algorithm) {
    SoftwareKey key = SoftwareKey.generate(algorithm);
    KeyFiles.writePrivate(file, key, Optional.of(RIGHT.ask(file)));
    assertTrue(KeyFiles.isEncrypted(file));
    assertArrayEquals(key.pkcs8(), KeyFiles.readPrivate(file, RIGHT).pkcs8());
  }

  @ParameterizedTest
  @EnumSource
  void aPublicKeyIsReadBack(Algorithm algorithm) {
    VerificationKey key = SoftwareKey.generate(algorithm).verificationKey();
    KeyFiles.writePublic(file, key);
    assertEquals(key, KeyFiles.readPublic(file));
  }

  @Test
  void onlyTheOwnerMayReadAPrivateKey() throws IOException {
    write(Optional.empty());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-"})
  void aPrivateKeyOpenToOthersIsRefused(String permissions) throws IOException {
    write(Optional.empty());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    ProblemException e = assertRefused(KeyError.PERMISSIONS, Passphrase.Source.none());
    assertTrue(e.problem().hint().contains("chmod 600"));
  }

  @Test
  void aWrongPassphraseIsRefused() {
    write(Optional.of(RIGHT.ask(file)));
    ProblemException e = assertRefused(KeyError.WRONG_PASSPHRASE, WRONG);
    assertFalse(e.toString().contains("horse"));
  }

  @Test
  void anEncryptedKeyWithoutPassphraseIsRefused() {
    write(Optional.of(RIGHT.ask(file)));
    assertRefused(KeyError.NO_PASSPHRASE, Passphrase.Source.none());
  }

  @Test
  void anEmptyPassphraseIsRefused() {
    ProblemException e = assertThrows(ProblemException.class, () -> Passphrase.of(new char[0]));
    assertEquals(KeyError.EMPTY_PASSPHRASE, e.problem().code());
  }

  /** A lone surrogate has no UTF-8; what comes after it must still count. */
  @Test
  void aPassphraseCountsToItsEnd() {
    KeyFiles.writePrivate(
        file,
        SoftwareKey.generate(Algorithm.ED25519),
        Optional.of(Passphrase.of(new char[] {'a', '\ud800', 'b'})));
    assertRefused(
        KeyError.WRONG_PASSPHRASE, name -> Passphrase.of(new char[] {'a', '\ud800', 'c'}));
  }

  @Test
  void theCallersPassphraseIsWiped() {
    char[] characters = {'s', 'e', 'c'};
    Passphrase.of(characters).close();
    assertArrayEquals(new char[3], characters);
  }

  @Test
  void theEncryptionIsPbes2AsBouncyCastleUnderstandsIt() throws Exception {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    KeyFiles.writePrivate(file, key, Optional.of(RIGHT.ask(file)));
    byte[] der = Pem.decode(file, "ENCRYPTED PRIVATE KEY", Files.readAllBytes(file));
    var decryptor =
        new JcePKCSPBEInputDecryptorProviderBuilder()
            .setProvider(new BouncyCastleProvider())
            .build("correct höRse".toCharArray());
    assertArrayEquals(
        key.pkcs8(),
        new PKCS8EncryptedPrivateKeyInfo(der).decryptPrivateKeyInfo(decryptor).getEncoded());
  }

  /** Whoever can write the file must not decide about our memory. */
  @Test
  void aDearerKeyDerivationIsRefused() throws IOException {
    write(Optional.of(RIGHT.ask(file)));
    byte[] der = Pem.decode(file, "ENCRYPTED PRIVATE KEY", Files.readAllBytes(file));
    for (int i = 0; i < der.length - 4; i++) {
      if (der[i] == 2 && der[i + 1] == 2 && der[i + 2] == 0x40 && der[i + 3] == 0) {
        der[i + 2] = 0x7f;
      }
    }
    overwrite(Pem.encode("ENCRYPTED PRIVATE KEY", der));
    assertRefused(KeyError.UNKNOWN_ENCRYPTION, RIGHT);
  }

  @Test
  void anUnknownEncryptionIsRefused() throws IOException {
    write(Optional.empty());
    overwrite(Pem.encode("ENCRYPTED PRIVATE KEY", new byte[] {0x30, 3, 1, 2, 3}));
    assertRefused(KeyError.UNKNOWN_ENCRYPTION, RIGHT);
  }

  @Test
  void aKeyOfAnUnknownAlgorithmIsRefused() throws Exception {
    write(Optional.empty());
    overwrite(
        Pem.encode(
            "PRIVATE KEY",
            KeyPairGenerator.getInstance("X25519").generateKeyPair().getPrivate().getEncoded()));
    assertRefused(KeyError.WRONG_PRIVATE_KEY, Passphrase.Source.none());
  }

  @Test
  void aScalarOfZeroIsRefused() throws IOException {
    write(Optional.empty());
    byte[] prefix = Algorithm.ECDSA_P256.pkcs8Prefix();
    overwrite(Pem.encode("PRIVATE KEY", Arrays.copyOf(prefix, prefix.length + 32)));
    assertRefused(KeyError.IMPOSSIBLE_PRIVATE_KEY, Passphrase.Source.none());
  }

  @Test
  void aPublicKeyIsNoPrivateKey() throws IOException {
    write(Optional.empty());
    overwrite(
        Pem.encode("PUBLIC KEY", SoftwareKey.generate(Algorithm.ED25519).verificationKey().spki()));
    assertRefused(KeyError.NOT_PEM, Passphrase.Source.none());
  }

  @Test
  void twoKeysInOneFileAreRefused() throws IOException {
    write(Optional.empty());
    String pem = Files.readString(file, US_ASCII);
    overwrite((pem + pem).getBytes(US_ASCII));
    assertRefused(KeyError.NOT_PEM, Passphrase.Source.none());
  }

  @Test
  void textBeforeTheKeyIsRefused() throws IOException {
    write(Optional.empty());
    overwrite(("key:\n" + Files.readString(file, US_ASCII)).getBytes(US_ASCII));
    assertRefused(KeyError.NOT_PEM, Passphrase.Source.none());
  }

  @Test
  void aTruncatedKeyFileIsRefused() throws IOException {
    write(Optional.empty());
    String pem = Files.readString(file, US_ASCII);
    overwrite(pem.substring(0, pem.length() / 2).getBytes(US_ASCII));
    assertRefused(KeyError.NOT_PEM, Passphrase.Source.none());
  }

  /** Whatever the bytes, a key or one of our errors. */
  @Test
  void damagedKeyFilesAreReadOrRefused() throws IOException {
    SoftwareKey key = SoftwareKey.generate(Algorithm.ED25519);
    KeyFiles.writePrivate(file, key, Optional.empty());
    byte[] good = Files.readAllBytes(file);
    int refused = 0;
    for (int i = 0; i < good.length; i++) {
      byte[] damaged = good.clone();
      damaged[i] ^= 4;
      overwrite(damaged);
      try {
        KeyFiles.readPrivate(file, Passphrase.Source.none());
      } catch (ProblemException e) {
        refused++;
      }
    }
    assertTrue(refused > good.length / 2);
  }

  @Test
  void aHugeKeyFileIsRefused() throws IOException {
    write(Optional.empty());
    overwrite(new byte[Pem.MAX_BYTES + 1]);
    assertRefused(KeyError.TOO_LARGE, Passphrase.Source.none());
  }

  @Test
  void aMissingKeyFileIsRefused() {
    assertRefused(FileError.NOT_FOUND, Passphrase.Source.none());
  }

  @Test
  void aDirectoryIsNoKeyFile() throws IOException {
    Files.createDirectory(file);
    assertRefused(FileError.NOT_A_REGULAR_FILE, Passphrase.Source.none());
  }

  private void write(Optional<Passphrase> passphrase) {
    KeyFiles.writePrivate(file, SoftwareKey.generate(Algorithm.ED25519), passphrase);
  }

  /** Keeps the permissions. */
  private void overwrite(byte[] content) throws IOException {
    Files.write(file, content);
  }

  private ProblemException assertRefused(ErrorCode expected, Passphrase.Source passphrase) {
    ProblemException e =
        assertThrows(ProblemException.class, () -> KeyFiles.readPrivate(file, passphrase));
    assertEquals(expected, e.problem().code());
    return e;
  }
}
