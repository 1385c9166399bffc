package org.m4fw.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.KeyError;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustedKey;

class SigningIdentityTest {
  @TempDir Path temporary;
  private Path directory;

  @BeforeEach
  void name() {
    directory = temporary.resolve("keys/vendor");
  }

  @Test
  void aNewIdentityIsOpenedWithTheSameKeys() {
    try (SigningIdentity made = SigningIdentity.create(directory, Optional.empty());
        SigningIdentity opened = open()) {
      assertEquals(made.publicKeys(), opened.publicKeys());
      assertEquals(2, opened.publicKeys().size());
      assertFalse(opened.development());
    }
  }

  @Test
  void theDirectoryHoldsWhatTheDocumentationSays() throws IOException {
    create();
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(
          List.of(
              "classical.key.pem rw-------",
              "classical.pub.pem rw-r--r--",
              "post-quantum.key.pem rw-------",
              "post-quantum.pub.pem rw-r--r--",
              "trust-root.json rw-r--r--"),
          files.map(SigningIdentityTest::nameAndPermissions).sorted().toList());
    }
    assertEquals(
        "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
  }

  @Test
  void theTrustRootAsksForBothSignaturesOfThePublicKeys() {
    create();
    TrustRoot root = TrustRoot.read(directory.resolve("trust-root.json"));
    assertEquals(TrustRoot.HYBRID, root.required());
    assertEquals(
        List.of(
            KeyFiles.readPublic(directory.resolve("classical.pub.pem")),
            KeyFiles.readPublic(directory.resolve("post-quantum.pub.pem"))),
        root.keys().stream().map(TrustedKey::key).toList());
  }

  @Test
  void anEncryptedIdentityOpensWithItsPassphraseOnly() {
    SigningIdentity.create(directory, Optional.of(Passphrase.of("open sesame".toCharArray())))
        .close();
    SigningIdentity.open(directory, file -> Passphrase.of("open sesame".toCharArray())).close();
    assertRefused(KeyError.NO_PASSPHRASE);
    ProblemException e =
        assertThrows(
            ProblemException.class,
            () -> SigningIdentity.open(directory, file -> Passphrase.of("barley".toCharArray())));
    assertEquals(KeyError.WRONG_PASSPHRASE, e.problem().code());
  }

  @Test
  void thePassphraseIsAskedOnceForBothKeys() {
    SigningIdentity.create(directory, Optional.of(Passphrase.of("open sesame".toCharArray())))
        .close();
    AtomicInteger asked = new AtomicInteger();
    SigningIdentity.open(
            directory,
            file -> {
              asked.incrementAndGet();
              return Passphrase.of("open sesame".toCharArray());
            })
        .close();
    assertEquals(1, asked.get());
  }

  @Test
  void aListingNeedsNoPassphrase() throws IOException {
    SigningIdentity.create(directory, Optional.of(Passphrase.of("open sesame".toCharArray())))
        .close();
    Files.delete(directory.resolve("classical.key.pem"));
    IdentityListing listing = IdentityListing.of(directory);
    assertEquals(TrustRoot.HYBRID, listing.trustRoot().required());
    assertEquals(
        List.of(
            new IdentityListing.Kept(
                new KeyPlace.InFile("post-quantum.key.pem"), Algorithm.ML_DSA_65, true)),
        listing.privateKeys());
  }

  @Test
  void aListingOfSomethingElseIsRefused() {
    ProblemException e = assertThrows(ProblemException.class, () -> IdentityListing.of(temporary));
    assertEquals(SigningError.NO_IDENTITY, e.problem().code());
  }

  @Test
  void anExistingIdentityIsNeverReplaced() throws IOException {
    create();
    byte[] before = Files.readAllBytes(directory.resolve("classical.key.pem"));
    ProblemException e = assertThrows(ProblemException.class, this::create);
    assertEquals(SigningError.IDENTITY_EXISTS, e.problem().code());
    assertEquals(
        -1, Arrays.mismatch(before, Files.readAllBytes(directory.resolve("classical.key.pem"))));
  }

  @Test
  void aFailedCreationLeavesNothingBehind() throws IOException {
    Files.createDirectories(directory.getParent());
    Files.writeString(directory, "in the way");
    assertThrows(ProblemException.class, this::create);
    try (Stream<Path> files = Files.list(directory.getParent())) {
      assertEquals(List.of(directory), files.toList());
    }
  }

  @Test
  void aDirectoryWithoutTrustRootIsNoIdentity() throws IOException {
    create();
    Files.delete(directory.resolve("trust-root.json"));
    assertRefused(SigningError.NO_IDENTITY);
  }

  @Test
  void anIdentityWithoutPrivateKeysIsRefused() throws IOException {
    create();
    Files.delete(directory.resolve("classical.key.pem"));
    Files.delete(directory.resolve("post-quantum.key.pem"));
    assertRefused(SigningError.NO_KEYS);
  }

  @Test
  void aKeyOfAnotherIdentityIsRefused() throws IOException {
    create();
    Path other = temporary.resolve("other");
    SigningIdentity.create(other, Optional.empty()).close();
    Files.move(
        other.resolve("post-quantum.key.pem"),
        directory.resolve("post-quantum.key.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    assertRefused(SigningError.KEY_NOT_IN_ROOT);
  }

  @Test
  void aPrivateKeyOpenToOthersIsRefused() throws IOException {
    create();
    Files.setPosixFilePermissions(
        directory.resolve("post-quantum.key.pem"), PosixFilePermissions.fromString("rw-r--r--"));
    assertRefused(KeyError.PERMISSIONS);
  }

  /** The two keys may be kept apart; each signs for itself. */
  @Test
  void anIdentityWithOnlyOneOfItsKeysOpens() throws IOException {
    create();
    Files.delete(directory.resolve("classical.key.pem"));
    try (SigningIdentity opened = open()) {
      assertEquals(1, opened.publicKeys().size());
      assertTrue(opened.trustRoot().keys().containsAll(opened.publicKeys()));
    }
  }

  private void create() {
    SigningIdentity.create(directory, Optional.empty()).close();
  }

  private SigningIdentity open() {
    return SigningIdentity.open(directory, Passphrase.Source.none());
  }

  private void assertRefused(ErrorCode expected) {
    ProblemException e = assertThrows(ProblemException.class, this::open);
    assertEquals(expected, e.problem().code());
  }

  private static String nameAndPermissions(Path file) {
    try {
      return file.getFileName()
          + " "
          + PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
