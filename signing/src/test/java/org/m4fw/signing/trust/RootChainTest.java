package org.m4fw.signing.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageError;
import org.m4fw.image.Kind;
import org.m4fw.image.RequiredSignature;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.SigningKey;

class RootChainTest {
  /** The two keys of one person. */
  private record Person(SigningKey classical, SigningKey postQuantum) {
    private static Person generate(Algorithm classical) {
      return new Person(SigningKey.generate(classical), SigningKey.generate(Algorithm.ML_DSA_65));
    }

    private Stream<TrustedKey> in(String role) {
      return Stream.of(classical, postQuantum)
          .map(key -> new TrustedKey(key.verificationKey(), role));
    }

    private Stream<Envelope.Signature> sign(String type, byte[] payload) {
      byte[] message = Envelope.preAuthenticationEncoding(type, payload);
      return Stream.of(classical, postQuantum)
          .map(key -> Envelope.Signature.of(key.verificationKey().id(), key.sign(message)));
    }
  }

  private static final String TYPE = SignedRoot.PAYLOAD_TYPE;
  private static Person alice;
  private static Person bob;
  private static Person carol;
  private static Person ci;

  @TempDir Path directory;

  @BeforeAll
  static void generate() {
    alice = Person.generate(Algorithm.ED25519);
    bob = Person.generate(Algorithm.ECDSA_P256);
    carol = Person.generate(Algorithm.ECDSA_P384);
    ci = Person.generate(Algorithm.ED25519);
  }

  @Test
  void theLatestRootOfAChainCounts() throws IOException {
    write(signed(root(1, alice, bob), alice, bob));
    write(signed(root(2, bob, carol), alice, bob, carol));
    write(signed(root(3, bob, carol), bob, carol));
    Files.writeString(directory.resolve("README"), "roots of a product");
    RootChain chain = RootChain.read(directory);
    assertEquals(1, chain.anchor().root().version());
    assertEquals(3, TrustRoot.read(directory).version());
  }

  @Test
  void theAnchorMayBeAnyVersion() throws IOException {
    write(signed(root(7, alice, bob), alice, bob));
    write(signed(root(8, bob, carol), alice, bob, carol));
    assertEquals(8, TrustRoot.read(directory).version());
  }

  @Test
  void aPlainRootMayBeTheAnchorAndNothingElse() throws IOException {
    write(SignedRoot.draft(root(1, alice, bob)));
    assertEquals(1, TrustRoot.read(directory).version());
    write(SignedRoot.draft(root(2, alice, bob)));
    assertRefused(TrustRootError.UNSIGNED);
  }

  @Test
  void aSignedRootIsReadBackByteForByte() {
    SignedRoot root = signed(root(1, alice, bob), alice, bob);
    assertArrayEquals(root.bytes(), SignedRoot.parse("root", root.bytes()).bytes());
  }

  @Test
  void aChainWithoutRootsIsRefused() {
    assertRefused(TrustRootError.EMPTY_CHAIN);
  }

  @Test
  void aSkippedVersionIsRefused() throws IOException {
    write(signed(root(1, alice, bob), alice, bob));
    write(signed(root(3, alice, bob), alice, bob));
    assertRefused(TrustRootError.VERSION_NOT_NEXT);
  }

  @Test
  void anOldRootUnderANewNameIsRefused() throws IOException {
    SignedRoot first = signed(root(1, alice, bob), alice, bob);
    write(first);
    Files.write(directory.resolve(RootChain.fileName(2)), first.bytes());
    assertRefused(TrustRootError.BAD_NAME);
  }

  @Test
  void anOldRootDoesNotFollowALaterOne() {
    SignedRoot second = signed(root(2, alice, bob), alice, bob);
    SignedRoot first = signed(root(1, alice, bob), alice, bob);
    assertCode(TrustRootError.VERSION_NOT_NEXT, () -> first.checkFollows(second));
    assertCode(TrustRootError.VERSION_NOT_NEXT, () -> first.checkFollows(first));
  }

  @Test
  void aVersionFarAheadIsRefused() {
    byte[] plain = TrustRootFile.bytes(root(1, alice, bob));
    String ahead =
        new String(plain, UTF_8).replace("\"version\":1", "\"version\":9223372036854775807");
    assertCode(
        org.m4fw.base.json.JsonError.OUT_OF_RANGE,
        () -> SignedRoot.parse("root", ahead.getBytes(UTF_8)));
  }

  @Test
  void aRootThatThePreviousDidNotSignIsRefused() throws IOException {
    write(signed(root(1, alice, bob), alice, bob));
    write(signed(root(2, bob, carol), bob, carol));
    assertRefused(TrustRootError.TOO_FEW_BY_PREVIOUS);
  }

  @Test
  void aRootThatItsOwnKeysDidNotSignIsRefused() throws IOException {
    write(signed(root(1, alice, bob), alice, bob));
    write(signed(root(2, bob, carol), alice, bob));
    assertRefused(TrustRootError.TOO_FEW_BY_ITSELF);
  }

  @Test
  void anAnchorThatIsSignedByTooFewIsRefused() throws IOException {
    write(signed(root(1, alice, bob), alice));
    assertRefused(TrustRootError.TOO_FEW_BY_ITSELF);
  }

  @Test
  void keysForReleasesDoNotSignRootsWhereThereAreRootKeys() throws IOException {
    write(signed(root(1, alice, bob), alice, bob));
    write(signed(root(2, alice, bob), alice, ci));
    assertRefused(TrustRootError.TOO_FEW_BY_PREVIOUS);
  }

  @Test
  void aSignatureByAStrangerIsRefused() throws IOException {
    write(signed(root(1, alice, bob), alice, bob));
    write(signed(root(2, alice, bob), alice, bob, carol));
    assertRefused(TrustRootError.UNKNOWN_SIGNER);
  }

  @Test
  void aWrongSignatureBesideEnoughRightOnesIsRefused() throws IOException {
    write(signed(root(1, alice, bob), alice, bob));
    TrustRoot next = root(2, alice, bob);
    byte[] payload = TrustRootFile.canonical(next);
    Stream<Envelope.Signature> wrong = ci.sign(TYPE, new byte[] {1});
    write(
        SignedRoot.of(
            next,
            Stream.of(alice.sign(TYPE, payload), bob.sign(TYPE, payload), wrong)
                .flatMap(signatures -> signatures)
                .toList()));
    assertRefused(VerificationError.BAD_SIGNATURE);
  }

  /** The bytes are those of a root; the signatures were made over them as an image. */
  @Test
  void signaturesOfAnotherDomainAreRefused() throws IOException {
    TrustRoot root = root(1, alice, bob);
    byte[] payload = TrustRootFile.canonical(root);
    String other = Kind.IMAGE.payloadType();
    write(
        SignedRoot.of(
            root, Stream.of(alice, bob).flatMap(person -> person.sign(other, payload)).toList()));
    assertRefused(VerificationError.BAD_SIGNATURE);
  }

  @Test
  void anEnvelopeOfAnotherTypeIsRefused() {
    byte[] payload = TrustRootFile.canonical(root(1, alice, bob));
    String other = Kind.IMAGE.payloadType();
    Envelope envelope = Envelope.of(other, payload, alice.sign(other, payload).toList());
    assertCode(TrustRootError.WRONG_TYPE, () -> SignedRoot.parse("root", envelope.bytes()));
  }

  @Test
  void aPayloadInAnotherFormIsRefused() {
    byte[] payload = TrustRootFile.bytes(root(1, alice, bob));
    Envelope envelope = Envelope.of(TYPE, payload, alice.sign(TYPE, payload).toList());
    assertCode(TrustRootError.NOT_CANONICAL, () -> SignedRoot.parse("root", envelope.bytes()));
  }

  @Test
  void anEnvelopeInAnotherFormIsRefused() {
    byte[] bytes = signed(root(1, alice, bob), alice, bob).bytes();
    String spaced = new String(bytes, UTF_8).replaceFirst(",", ", ");
    assertCode(
        ImageError.ENVELOPE_NOT_CANONICAL, () -> SignedRoot.parse("root", spaced.getBytes(UTF_8)));
  }

  @Test
  void aChainForReleasesDoesNotTurnIntoOneForDevelopment() throws IOException {
    write(signed(root(1, alice, bob), alice, bob));
    TrustRoot second = root(2, alice, bob);
    write(signed(new TrustRoot("", 2, true, second.keys(), second.required()), alice, bob));
    assertRefused(TrustRootError.DEVELOPMENT_CHANGED);
  }

  @Test
  void aFileThatIsTooLargeIsNotRead() throws IOException {
    byte[] large = new byte[SignedRoot.MAX_BYTES + 1];
    Arrays.fill(large, (byte) ' ');
    Files.write(directory.resolve(RootChain.fileName(1)), large);
    assertRefused(FileError.TOO_LARGE);
  }

  @Test
  void tooManyRootsAreRefused() throws IOException {
    for (int version = 1; version <= 1025; version++) {
      Files.createFile(directory.resolve(RootChain.fileName(version)));
    }
    assertRefused(TrustRootError.TOO_MANY);
  }

  /** Who has one identity only: its keys for releases sign the next root, too. */
  @Test
  void keysForReleasesSignRootsWhereThereAreNoRootKeys() throws IOException {
    TrustRoot first =
        new TrustRoot("", 1, false, alice.in(Roles.RELEASE).toList(), TrustRoot.HYBRID);
    TrustRoot second =
        new TrustRoot("", 2, false, bob.in(Roles.RELEASE).toList(), TrustRoot.HYBRID);
    write(SignedRoot.draft(first));
    write(signed(second, alice, bob));
    assertEquals(2, TrustRoot.read(directory).version());
  }

  @Test
  void slhDsaKeysAreForTheRootRoleOnly() {
    SigningKey slow = SigningKey.generate(Algorithm.SLH_DSA_SHA2_128S);
    TrustedKey rootKey = new TrustedKey(slow.verificationKey(), Roles.ROOT);
    TrustedKey releaseKey = new TrustedKey(slow.verificationKey(), Roles.RELEASE);
    SignedRoot.parse("root", plainWith(rootKey));
    assertCode(TrustRootError.ONLY_FOR_ROOT, () -> SignedRoot.parse("root", plainWith(releaseKey)));
  }

  private static byte[] plainWith(TrustedKey more) {
    TrustRoot root = root(1, alice, bob);
    return TrustRootFile.bytes(
        new TrustRoot(
            "",
            1,
            false,
            Stream.concat(root.keys().stream(), Stream.of(more)).toList(),
            root.required()));
  }

  /** Two root keys of each class must sign; releases are made by one identity. */
  private static TrustRoot root(int version, Person first, Person second) {
    return new TrustRoot(
        "",
        version,
        false,
        Stream.of(first.in(Roles.ROOT), second.in(Roles.ROOT), ci.in(Roles.RELEASE))
            .flatMap(keys -> keys)
            .toList(),
        Stream.concat(
                Stream.of(AlgorithmClass.values())
                    .map(one -> new RequiredSignature(Roles.ROOT, one, 2)),
                TrustRoot.HYBRID.stream())
            .toList());
  }

  private static SignedRoot signed(TrustRoot root, Person... signers) {
    byte[] payload = TrustRootFile.canonical(root);
    List<Envelope.Signature> signatures =
        Stream.of(signers).flatMap(person -> person.sign(TYPE, payload)).toList();
    return SignedRoot.of(root, signatures);
  }

  private void write(SignedRoot root) throws IOException {
    Files.write(directory.resolve(RootChain.fileName(root.root().version())), root.bytes());
  }

  private void assertRefused(ErrorCode expected) {
    assertCode(expected, () -> TrustRoot.read(directory));
  }

  private static void assertCode(
      ErrorCode expected, org.junit.jupiter.api.function.Executable action) {
    ProblemException e = assertThrows(ProblemException.class, action);
    assertEquals(expected, e.problem().code());
  }
}
