package org.m4fw.signing.statement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.ConfigurationDirectory;
import org.m4fw.signing.DevelopmentIdentity;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.Policy;
import org.m4fw.signing.trust.Revocations;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustRoots;
import org.m4fw.signing.trust.VerificationError;
import org.m4fw.signing.trust.Verifier;
import tools.jackson.databind.JsonNode;

class SignedStatementTest {
  private static final Digest IMAGE = Digest.of("image".getBytes(UTF_8));
  private static final Digest ADAPTER = Digest.of("adapter".getBytes(UTF_8));
  private static final JsonNode BODY = CanonicalJson.node(Map.of("verdict", "accept"));

  @TempDir static Path directory;
  private static SigningIdentity vendor;
  private static SigningIdentity stranger;

  @BeforeAll
  static void makeIdentities() {
    vendor = SigningIdentity.create(directory.resolve("vendor"), Optional.empty());
    stranger = SigningIdentity.create(directory.resolve("stranger"), Optional.empty());
  }

  @AfterAll
  static void wipe() {
    vendor.close();
    stranger.close();
  }

  @Test
  void aStatementIsReadBackAndVerified() {
    SignedStatement made = verdict(vendor);
    SignedStatement read = SignedStatement.parse("verdict", made.bytes());
    assertEquals(2, read.verify(verifier()).size());
    assertEquals(StatementKind.ADAPTER_VERDICT, read.kind());
    assertEquals("accept", read.body().string("verdict"));
    assertEquals(Set.of(IMAGE, ADAPTER), Set.copyOf(read.subjects()));
    assertEquals(made.id(), read.id());
    assertArrayEquals(made.bytes(), read.bytes());
  }

  @Test
  void itsIdIsTheSameWhoeverSigns() {
    assertEquals(verdict(vendor).id(), verdict(stranger).id());
    assertEquals(verdict(vendor).id(), verdict(vendor).countersigned(stranger).id());
  }

  @Test
  void aStatementByAStrangerIsRefused() {
    assertCode(VerificationError.UNKNOWN_SIGNER, () -> verdict(stranger).verify(verifier()));
  }

  @Test
  void aCountersignatureIsCheckedToo() {
    SignedStatement both = verdict(vendor).countersigned(stranger);
    assertEquals(4, both.envelope().signatures().size());
    assertCode(VerificationError.UNKNOWN_SIGNER, () -> both.verify(verifier()));
    assertEquals(
        2,
        both.verify(
                new Verifier(
                    TrustRoots.only(vendor.directory().resolve("trust-root.json")),
                    new Policy(false, true)))
            .size());
  }

  @Test
  void aStatementByADevelopmentIdentityIsMarkedAndRefused() {
    try (SigningIdentity development =
        DevelopmentIdentity.open(new ConfigurationDirectory(directory.resolve("m4fw")))
            .identity()) {
      assertEquals(true, verdict(development).development());
      assertCode(
          VerificationError.DEVELOPMENT_IMAGE, () -> verdict(development).verify(verifier()));
    }
  }

  /** The signatures are over the very bytes, but as a statement of another kind. */
  @Test
  void signaturesOfAnotherKindAreRefused() {
    byte[] payload = verdict(vendor).envelope().payload();
    Envelope other = new Signer(vendor).sign(StatementKind.EVALUATION.payloadType(), payload);
    assertCode(StatementError.WRONG_TYPE, () -> SignedStatement.parse("s", other.bytes()));
    Envelope moved =
        Envelope.of(StatementKind.ADAPTER_VERDICT.payloadType(), payload, other.signatures());
    assertCode(
        VerificationError.BAD_SIGNATURE,
        () -> SignedStatement.parse("s", moved.bytes()).verify(verifier()));
  }

  @Test
  void aStatementOfAnotherKindThanAskedForIsRefused() {
    assertCode(StatementError.WRONG_KIND, () -> verdict(vendor).require(StatementKind.EVALUATION));
  }

  @Test
  void anUnknownKindIsRefused() {
    assertPayload(StatementError.WRONG_KIND, "\"adapter-verdict\"", "\"gossip\"");
  }

  @Test
  void anotherSchemaIsRefused() {
    assertPayload(StatementError.WRONG_SCHEMA, "m4fw/statement/1", "m4fw/statement/2");
  }

  @Test
  void anUnknownFieldIsRefused() {
    assertPayload(JsonError.UNKNOWN_FIELD, "{\"body\"", "{\"also\":1,\"body\"");
  }

  @Test
  void anotherFormOfThePayloadIsRefused() {
    assertPayload(StatementError.NOT_CANONICAL, "{\"body\"", "{ \"body\"");
  }

  @Test
  void aFloatIsRefused() {
    assertPayload(StatementError.NOT_CANONICAL, "\"accept\"", "0.5");
  }

  @Test
  void subjectsThatAreNoDigestsAreRefused() {
    assertPayload(StatementError.BAD_DIGEST, "sha256:", "sha512:");
  }

  @Test
  void subjectsOutOfOrderAreRefused() {
    List<Digest> sorted = verdict(vendor).subjects();
    assertPayload(
        StatementError.BAD_DIGEST, sorted.getFirst().toString(), sorted.getLast().toString());
  }

  @Test
  void revocationsAreReadBack() {
    Revocations revoked =
        new Revocations(
            "list",
            3,
            Set.of(ADAPTER.hex(), IMAGE.hex()),
            Set.of(IMAGE),
            new TreeMap<>(Map.of("m4", 5L)));
    SignedStatement statement =
        SignedStatement.parse("list", RevocationList.sign(revoked, vendor).bytes());
    assertEquals(revoked, RevocationList.verified(statement, verifier(), 3));
    assertCode(StatementError.OLD_VERSION, () -> RevocationList.verified(statement, verifier(), 4));
    assertCode(
        VerificationError.UNKNOWN_SIGNER,
        () -> RevocationList.verified(RevocationList.sign(revoked, stranger), verifier(), 1));
  }

  @Test
  void anImageCarriesRevocationsToWhoeverInstallsIt() {
    Revocations revoked = new Revocations("list", 2, Set.of(), Set.of(IMAGE), new TreeMap<>());
    try (ImageFile image =
        ImageFile.open(image("revocations", RevocationList.sign(revoked, vendor).bytes()))) {
      SignedStatement carried = RevocationList.carriedBy(image).orElseThrow();
      assertEquals(Set.of(IMAGE), RevocationList.verified(carried, verifier(), 1).digests());
    }
    try (ImageFile image = ImageFile.open(image("weights", new byte[] {1}))) {
      assertEquals(Optional.empty(), RevocationList.carriedBy(image));
    }
    try (ImageFile image = ImageFile.open(image("revocations", verdict(vendor).bytes()))) {
      assertCode(StatementError.WRONG_KIND, () -> RevocationList.carriedBy(image));
    }
  }

  private static Path image(String role, byte[] content) {
    ImageDraft draft =
        new ImageDraft(
            Kind.IMAGE,
            "pixel7pro",
            "1.0.0",
            1,
            new Rollback("m4", 0),
            TrustRoot.HYBRID,
            false,
            OptionalLong.empty(),
            CanonicalJson.node(Map.of()),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    SectionSpec spec =
        new SectionSpec(role, role, "", List.of(), "application/json", role + ".json");
    try (UnsignedImage unsigned =
        new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
            .write(
                draft,
                List.of(SectionSource.of(spec, content)),
                directory.resolve("carrying.m4img"))) {
      return new Signer(vendor).complete(unsigned).path();
    }
  }

  @Test
  void aRevokedKeySignsNoStatements() {
    Revocations revoked =
        new Revocations(
            "list", 1, Set.of(vendor.publicKeys().getFirst().id()), Set.of(), new TreeMap<>());
    assertCode(
        VerificationError.REVOKED_KEY, () -> verdict(vendor).verify(verifier().refusing(revoked)));
  }

  private static SignedStatement verdict(SigningIdentity identity) {
    return SignedStatement.sign(
        StatementKind.ADAPTER_VERDICT, List.of(IMAGE, ADAPTER), BODY, identity);
  }

  private static Verifier verifier() {
    return new Verifier(
        TrustRoots.only(vendor.directory().resolve("trust-root.json")), Policy.STRICT);
  }

  /** The vendor signs a changed payload. */
  private static void assertPayload(ErrorCode expected, String from, String to) {
    String good = new String(verdict(vendor).envelope().payload(), UTF_8);
    String changed = good.replace(from, to);
    assertNotEquals(good, changed);
    Envelope envelope =
        new Signer(vendor)
            .sign(StatementKind.ADAPTER_VERDICT.payloadType(), changed.getBytes(UTF_8));
    assertCode(expected, () -> SignedStatement.parse("s", envelope.bytes()));
  }

  private static void assertCode(ErrorCode expected, Executable action) {
    ProblemException e = assertThrows(ProblemException.class, action);
    assertEquals(expected, e.problem().code());
  }
}
