package org.m4fw.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageError;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Resigning;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.trust.Policy;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustRootError;
import org.m4fw.signing.trust.TrustRootFile;
import org.m4fw.signing.trust.TrustRoots;
import org.m4fw.signing.trust.VerificationError;
import org.m4fw.signing.trust.Verified;
import org.m4fw.signing.trust.Verifier;

class SignedImageTest {
  private static final Policy LENIENT = new Policy(true, false);
  private static final byte[] DATA = new byte[5000];

  static {
    new Random(1).nextBytes(DATA);
  }

  @TempDir Path temporary;
  private Path image = Path.of("unset");
  private Optional<SigningIdentity> vendor = Optional.empty();
  private Optional<SigningIdentity> development = Optional.empty();
  private ConfigurationDirectory configuration = new ConfigurationDirectory(Path.of("unset"));

  @BeforeEach
  void makeIdentities() throws IOException {
    image = temporary.resolve("phone.m4img");
    configuration = new ConfigurationDirectory(temporary.resolve("m4fw"));
    vendor = Optional.of(SigningIdentity.create(temporary.resolve("vendor"), Optional.empty()));
    development = Optional.of(DevelopmentIdentity.open(configuration).identity());
    Files.copy(temporary.resolve("vendor/trust-root.json"), configuration.trustRoot());
  }

  @AfterEach
  void wipe() {
    vendor.ifPresent(SigningIdentity::close);
    development.ifPresent(SigningIdentity::close);
  }

  @Test
  void aReleaseVerifiesAgainstTheConfiguredRoot() {
    write(false, vendor());
    Verified verified = verify(Policy.STRICT);
    assertEquals(vendor().trustRoot().keys().size(), verified.signers().size());
    assertEquals(false, verified.development());
    assertEquals(Kind.IMAGE, verified.kind());
  }

  @Test
  void aReleaseVerifiesAgainstTheNamedRoot() throws IOException {
    write(false, vendor());
    Files.delete(configuration.trustRoot());
    verify(named("vendor/trust-root.json"), Policy.STRICT);
    assertRefused(TrustRootError.MISSING, Policy.STRICT);
  }

  @Test
  void aReleaseOfAnotherVendorIsRefused() {
    try (SigningIdentity other =
        SigningIdentity.create(temporary.resolve("other"), Optional.empty())) {
      write(false, other);
    }
    assertRefused(VerificationError.UNKNOWN_SIGNER, Policy.STRICT);
  }

  @Test
  void aDevelopmentBuildIsRefusedUnlessAllowed() {
    write(true, development());
    ProblemException e = assertRefused(VerificationError.DEVELOPMENT_IMAGE, Policy.STRICT);
    assertTrue(e.problem().hint().contains("--allow-development"));
    assertTrue(verify(LENIENT).development());
  }

  @Test
  void aDevelopmentBuildNeedsNoReleaseRoot() throws IOException {
    write(true, development());
    Files.delete(configuration.trustRoot());
    assertTrue(verify(LENIENT).development());
  }

  @Test
  void allowingDevelopmentDoesNotWeakenReleases() throws IOException {
    write(false, vendor());
    assertEquals(false, verify(LENIENT).development());
    Files.delete(configuration.trustRoot());
    assertRefused(TrustRootError.MISSING, LENIENT);
  }

  @Test
  void aDevelopmentBuildIsNotCheckedAgainstARootForReleases() {
    write(true, development());
    assertRefused(VerificationError.ROOT_FOR_RELEASES, named("vendor/trust-root.json"), LENIENT);
  }

  @Test
  void aReleaseIsNotCheckedAgainstADevelopmentRoot() {
    write(false, vendor());
    assertRefused(
        VerificationError.ROOT_FOR_DEVELOPMENT, named("m4fw/development/trust-root.json"), LENIENT);
  }

  @Test
  void aDevelopmentRootOfAnotherMachineCanBeNamed() throws IOException {
    write(true, development());
    Path copy = temporary.resolve("copied.json");
    Files.move(configuration.developmentTrustRoot(), copy);
    assertRefused(TrustRootError.MISSING, LENIENT);
    assertTrue(verify(TrustRoots.only(copy), LENIENT).development());
  }

  @Test
  void theDevelopmentIdentitySignsNoRelease() {
    assertSigningRefused(SigningError.RELEASE_IMAGE, false, development());
  }

  @Test
  void aReleaseIdentitySignsNoDevelopmentBuild() {
    assertSigningRefused(SigningError.DEVELOPMENT_IMAGE, true, vendor());
  }

  @Test
  void aDevelopmentBuildCannotBecomeAReleaseBySigning() throws IOException {
    write(true, development());
    byte[] before = Files.readAllBytes(image);
    ProblemException e =
        assertThrows(ProblemException.class, () -> resign(vendor(), Signer.Existing.REPLACE));
    assertEquals(SigningError.DEVELOPMENT_IMAGE, e.problem().code());
    assertTrue(e.problem().hint().contains("--key"));
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  /** Somebody with other tools could still put the signatures of a release key there. */
  @Test
  void aDevelopmentBuildWithReleaseSignaturesIsRefused() {
    write(true, development());
    try (ImageFile file = ImageFile.open(image)) {
      Resigning.resign(
          file,
          new Signer(vendor()).sign(Kind.IMAGE.payloadType(), file.envelope().payload()),
          image);
    }
    assertRefused(VerificationError.DEVELOPMENT_IMAGE, Policy.STRICT);
    assertRefused(VerificationError.UNKNOWN_SIGNER, LENIENT);
  }

  @Test
  void aReleaseWithDevelopmentSignaturesIsRefused() {
    write(false, vendor());
    try (ImageFile file = ImageFile.open(image)) {
      Resigning.resign(
          file,
          new Signer(development()).sign(Kind.IMAGE.payloadType(), file.envelope().payload()),
          image);
    }
    assertRefused(VerificationError.UNKNOWN_SIGNER, LENIENT);
  }

  @Test
  void signingTwiceGivesTheSameBytes() throws IOException {
    write(false, vendor());
    byte[] first = Files.readAllBytes(image);
    Files.delete(image);
    write(false, vendor());
    assertArrayEquals(first, Files.readAllBytes(image));
    resign(vendor(), Signer.Existing.KEEP);
    assertArrayEquals(first, Files.readAllBytes(image));
  }

  @Test
  void aSecondIdentitySignsBesideTheFirst() throws IOException {
    write(false, vendor());
    try (SigningIdentity second =
        SigningIdentity.create(temporary.resolve("second"), Optional.empty())) {
      resign(second, Signer.Existing.KEEP);
      assertRefused(VerificationError.UNKNOWN_SIGNER, Policy.STRICT);
      assertEquals(2, verify(new Policy(false, true)).unknownKeyIds().size());
      Files.write(configuration.trustRoot(), union(vendor(), second));
      assertEquals(4, verify(Policy.STRICT).signers().size());
    }
  }

  @Test
  void aSecondIdentityCanReplaceTheFirst() {
    write(false, vendor());
    try (SigningIdentity second =
        SigningIdentity.create(temporary.resolve("second"), Optional.empty())) {
      resign(second, Signer.Existing.REPLACE);
      verify(named("second/trust-root.json"), Policy.STRICT);
      assertRefused(VerificationError.UNKNOWN_SIGNER, Policy.STRICT);
    }
  }

  @Test
  void resigningKeepsTheImageId() {
    write(false, vendor());
    Verified before = verify(Policy.STRICT);
    try (SigningIdentity second =
        SigningIdentity.create(temporary.resolve("second"), Optional.empty())) {
      resign(second, Signer.Existing.REPLACE);
    }
    assertEquals(
        before.imageId(), verify(named("second/trust-root.json"), Policy.STRICT).imageId());
  }

  @Test
  void aDamagedImageIsNotSignedAgain() throws IOException {
    write(false, vendor());
    damageASection();
    ProblemException e =
        assertThrows(ProblemException.class, () -> resign(vendor(), Signer.Existing.KEEP));
    assertEquals(ImageError.DATA_CORRUPT, e.problem().code());
  }

  @Test
  void aDamagedSectionIsRefusedAlthoughAllSignaturesAreRight() throws IOException {
    write(false, vendor());
    damageASection();
    try (ImageFile file = ImageFile.open(image)) {
      verifier(configured(), Policy.STRICT).verifySignatures(file);
    }
    assertRefused(ImageError.DATA_CORRUPT, Policy.STRICT);
  }

  private void write(boolean isDevelopment, SigningIdentity identity) {
    ImageDraft draft =
        new ImageDraft(
            Kind.IMAGE,
            "phone",
            "1.0.0",
            1,
            new Rollback("m4", 0),
            TrustRoot.HYBRID,
            isDevelopment,
            OptionalLong.empty(),
            CanonicalJson.node(Map.of()),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    SectionSpec spec =
        new SectionSpec("weights", "weights", "", List.of(), "application/octet-stream", "w.bin");
    try (UnsignedImage unsigned =
        new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
            .write(draft, List.of(SectionSource.of(spec, DATA)), image)) {
      new Signer(identity).complete(unsigned);
    }
  }

  private void resign(SigningIdentity identity, Signer.Existing existing) {
    try (ImageFile file = ImageFile.open(image)) {
      new Signer(identity).resign(file, existing, image, Progress.silent());
    }
  }

  private void damageASection() throws IOException {
    long offset;
    try (ImageFile file = ImageFile.open(image)) {
      offset = file.manifest().sections().getFirst().offset();
    }
    byte[] bytes = Files.readAllBytes(image);
    bytes[(int) offset + 4500] ^= 1;
    Files.write(image, bytes);
  }

  private void assertSigningRefused(
      SigningError expected, boolean isDevelopment, SigningIdentity identity) {
    ProblemException e = assertThrows(ProblemException.class, () -> write(isDevelopment, identity));
    assertEquals(expected, e.problem().code());
    assertTrue(Files.notExists(image));
  }

  private ProblemException assertRefused(ErrorCode expected, Policy policy) {
    return assertRefused(expected, configured(), policy);
  }

  private ProblemException assertRefused(ErrorCode expected, TrustRoots roots, Policy policy) {
    ProblemException e = assertThrows(ProblemException.class, () -> verify(roots, policy));
    assertEquals(expected, e.problem().code());
    return e;
  }

  private Verified verify(Policy policy) {
    return verify(configured(), policy);
  }

  private Verified verify(TrustRoots roots, Policy policy) {
    try (ImageFile file = ImageFile.open(image)) {
      return verifier(roots, policy).verify(file, Progress.silent());
    }
  }

  private static Verifier verifier(TrustRoots roots, Policy policy) {
    return new Verifier(roots, policy);
  }

  private TrustRoots configured() {
    return TrustRoots.configured(configuration.trustRoot(), configuration.developmentTrustRoot());
  }

  private TrustRoots named(String path) {
    return TrustRoots.only(temporary.resolve(path));
  }

  private SigningIdentity vendor() {
    return vendor.orElseThrow();
  }

  private SigningIdentity development() {
    return development.orElseThrow();
  }

  private static byte[] union(SigningIdentity first, SigningIdentity second) {
    return TrustRootFile.bytes(
        new TrustRoot(
            "",
            false,
            Stream.of(first, second).flatMap(identity -> identity.publicKeys().stream()).toList(),
            TrustRoot.HYBRID));
  }
}
