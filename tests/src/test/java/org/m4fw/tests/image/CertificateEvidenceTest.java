package org.m4fw.tests.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.Main;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.evidence.CertificateChain;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustedKey;
import tools.jackson.databind.JsonNode;

/** Certificates beside an image, as a user deals with them. */
final class CertificateEvidenceTest {
  @TempDir Path directory;
  private final Authority authority = new Authority();
  private List<TrustedKey> keys = List.of();
  private Path image = Path.of("");
  private Path anchors = Path.of("");

  @BeforeEach
  void writeImage() throws IOException {
    image = directory.resolve("phone.m4img");
    anchors = authority.anchor(directory.resolve("ca.pem"));
    SectionSpec spec = new SectionSpec("s", "weights", "b", List.of(), "a/b", "s/x");
    ImageDraft draft =
        new ImageDraft(
            Kind.IMAGE,
            "phone",
            "1.0.0",
            1,
            new Rollback("m4", 7),
            TrustRoot.HYBRID,
            false,
            OptionalLong.empty(),
            CanonicalJson.node(Map.of()),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    try (SigningIdentity identity =
            SigningIdentity.create(directory.resolve("key"), Optional.empty());
        UnsignedImage unsigned =
            new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
                .write(draft, List.of(SectionSource.of(spec, new byte[99])), image)) {
      new Signer(identity).complete(unsigned);
      keys = identity.publicKeys();
    }
    SigningIdentity.create(directory.resolve("stranger"), Optional.empty()).close();
  }

  private record Run(int code, String out, String err) {}

  private static Run run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = Main.run(List.of(words), out, err);
    return new Run(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Run verify(String... more) {
    List<String> words =
        new ArrayList<>(List.of("verify", image.toString(), "--root", root("key"), "--json"));
    words.addAll(List.of(more));
    return run(words.toArray(String[]::new));
  }

  private Run verifyWithAnchors(String root) {
    return run(
        "verify", image.toString(), "--root", root, "--anchors", anchors.toString(), "--json");
  }

  private String root(String identity) {
    return directory.resolve(identity).resolve("trust-root.json").toString();
  }

  private Run sign(int key) throws IOException {
    Path chain = authority.chain(directory.resolve("chain.pem"), keys.get(key).key());
    return run(
        "sign",
        image.toString(),
        "--key",
        directory.resolve("key").toString(),
        "--certificate",
        chain.toString());
  }

  private static JsonNode json(Run run) {
    return StrictJson.parse("output", run.out().getBytes(StandardCharsets.UTF_8));
  }

  private static void assertRefused(String code, Run run) {
    assertEquals(1, run.code(), run.err());
    assertEquals(code, json(run).get("code").stringValue());
  }

  @Test
  void certificatesThatSignPutBesideTheImageAreFoundAndShown() throws IOException {
    assertEquals(0, sign(0).code());
    Run run = verify("--anchors", anchors.toString());
    assertEquals(0, run.code(), run.err());
    JsonNode found = json(run).get("certificates").get(0);
    assertEquals(keys.getFirst().id(), found.get("key").stringValue());
    assertEquals("CN=root", found.get("anchor").stringValue());
    assertEquals("issue", found.get("time").stringValue());
    assertEquals("2020-01-01T00:00:00Z", found.get("judged_at").stringValue());
    JsonNode leaf = found.get("path").get(0);
    assertEquals("CN=signer", leaf.get("subject").stringValue());
    assertEquals("CN=middle", leaf.get("issuer").stringValue());
    assertEquals("2120-01-01T00:00:00Z", leaf.get("not_after").stringValue());
    assertEquals("certificate-revocation", found.get("not_checked").get(0).stringValue());
  }

  @Test
  void anotherIdentitysCertificatesComeToThoseThatAreThere() throws IOException {
    assertEquals(0, sign(0).code());
    Run run = signAsStranger();
    assertEquals(0, run.code(), run.err());
    Path root = directory.resolve("both.json");
    Run draft =
        run(
            "root",
            "new",
            "--out",
            root.toString(),
            "--key",
            "release=" + root("key"),
            "--key",
            "release=" + root("stranger"));
    assertEquals(0, draft.code(), draft.err());
    Run verified = verifyWithAnchors(root.toString());
    assertEquals(0, verified.code(), verified.err());
    assertEquals(2, json(verified).get("certificates").size());
  }

  @Test
  void certificatesOfKeysThatSignNoMoreAreDropped() throws IOException {
    assertEquals(0, sign(0).code());
    String stranger = directory.resolve("stranger").toString();
    assertEquals(0, run("sign", image.toString(), "--key", stranger, "--replace").code());
    Run run = signAsStranger();
    assertEquals(0, run.code(), run.err());
    Run verified = verifyWithAnchors(root("stranger"));
    assertEquals(0, verified.code(), verified.err());
    assertEquals(1, json(verified).get("certificates").size());
  }

  @Test
  void whatIsNoCertificateBesideTheImageIsFoundBeforeItIsSigned() throws IOException {
    Files.writeString(directory.resolve("phone.m4img" + CertificateChain.SUFFIX), "nonsense");
    byte[] before = Files.readAllBytes(image);
    assertEquals(1, signAsStranger().code());
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  private Run signAsStranger() throws IOException {
    Path stranger = directory.resolve("stranger");
    Path chain =
        authority.chain(
            directory.resolve("stranger.pem"),
            KeyFiles.readPublic(stranger.resolve("classical.pub.pem")));
    return run(
        "sign", image.toString(), "--key", stranger.toString(), "--certificate", chain.toString());
  }

  @Test
  void eachKeyKeepsItsCertificatesWhenAnotherOneGetsSome() throws IOException {
    assertEquals(0, sign(0).code());
    assertEquals(0, sign(1).code());
    assertEquals(0, sign(1).code());
    assertEquals(2, json(verify("--anchors", anchors.toString())).get("certificates").size());
  }

  @Test
  void withoutAnchorsCertificatesAreOfNoWeight() throws IOException {
    assertEquals(0, sign(0).code());
    Files.writeString(Path.of(image + ".certificates.pem"), "damaged");
    assertEquals(0, verify().code());
    assertRefused("NOT_A_CERTIFICATE", verify("--anchors", anchors.toString()));
  }

  @Test
  void noChainMakesUpForTheTrustRoot() throws IOException {
    assertEquals(0, sign(0).code());
    Run run = verifyWithAnchors(root("stranger"));
    assertRefused("UNKNOWN_SIGNER", run);
  }

  @Test
  void anotherAuthorityIsRefused() throws IOException {
    assertEquals(0, sign(0).code());
    Path other = new Authority().anchor(directory.resolve("other.pem"));
    assertRefused("NOT_AN_ANCHORS_CHAIN", verify("--anchors", other.toString()));
  }

  @Test
  void certificatesOfSomebodyElseAreRefusedByBoth() throws IOException {
    try (SigningIdentity stranger =
        SigningIdentity.create(directory.resolve("third"), Optional.empty())) {
      Path chain =
          authority.chain(directory.resolve("x.pem"), stranger.publicKeys().getFirst().key());
      String key = directory.resolve("key").toString();
      Run signed = run("sign", image.toString(), "--key", key, "--certificate", chain.toString());
      assertEquals(1, signed.code());
      assertTrue(signed.err().contains("is the certificate of another key"), signed.err());
      assertTrue(Files.notExists(Path.of(image + ".certificates.pem")));
      assertRefused(
          "OTHER_KEY", verify("--anchors", anchors.toString(), "--certificate", chain.toString()));
    }
  }

  @Test
  void missingCertificatesAreRefusedWhereAnchorsAreGiven() {
    assertRefused("NO_CERTIFICATES", verify("--anchors", anchors.toString()));
  }

  @Test
  void aPolicyMayDemandCertificates() throws IOException {
    Path policy =
        Files.writeString(
            directory.resolve("policy.json"),
            "{\"schema\": \"m4fw/verification-policy/1\", \"certificate_anchors\": \"ca.pem\"}");
    assertRefused("NO_CERTIFICATES", verify("--policy", policy.toString()));
    assertEquals(0, sign(0).code());
    assertEquals(0, verify("--policy", policy.toString()).code());
    Files.writeString(
        policy,
        "{\"schema\": \"m4fw/verification-policy/1\", \"certificate_anchors\": \"../ca.pem\"}");
    assertRefused("NOT_A_NAME", verify("--policy", policy.toString()));
  }

  @Test
  void optionsAboutCertificatesAreRefusedWithoutAnchors() {
    Run run = verify("--timestamp", "image.tsr");
    assertEquals("NO_ANCHORS", json(run).get("code").stringValue());
    assertTrue(run.err().contains("--anchors"), run.err());
  }
}
