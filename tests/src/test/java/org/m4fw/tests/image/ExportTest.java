package org.m4fw.tests.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.cli.Main;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Rollback;
import org.m4fw.image.Section;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.NewKey;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.key.Algorithm;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.key.VerificationKey;
import org.m4fw.signing.trust.TrustRoot;
import tools.jackson.databind.JsonNode;

/** An image in the forms of others, held against the tools of others. */
final class ExportTest {
  private static final int[] LENGTHS = {0, 1, 4096, 4097, 4096 * 128, 4096 * 128 + 1, 3 << 20};

  @TempDir static Path directory;
  private static Path image = Path.of("");

  @BeforeAll
  static void writeImage() {
    image = directory.resolve("phone.m4img");
    for (Algorithm algorithm : List.of(Algorithm.ECDSA_P256, Algorithm.ED25519)) {
      SigningIdentity.create(
              directory.resolve(algorithm.label()),
              TrustRoot.RELEASE,
              List.of(new NewKey.InFile(algorithm), new NewKey.InFile(Algorithm.ML_DSA_65)),
              Optional.empty(),
              Passphrase.Source.none())
          .close();
    }
    List<SectionSource> sections = new ArrayList<>();
    for (int length : LENGTHS) {
      byte[] bytes = new byte[length];
      new Random(length).nextBytes(bytes);
      String id = "s" + length;
      sections.add(
          SectionSource.of(
              new SectionSpec(id, "weights", "b", List.of(), "application/octet-stream", id + "/x"),
              bytes));
    }
    ImageDraft draft =
        new ImageDraft(
            Kind.IMAGE,
            "phone",
            "1.0.0",
            1,
            new Rollback("m4", 7),
            TrustRoot.HYBRID,
            false,
            OptionalLong.of(1_700_000_000),
            CanonicalJson.node(Map.of()),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    try (SigningIdentity identity =
            SigningIdentity.open(directory.resolve("ecdsa-p256"), Passphrase.Source.none());
        UnsignedImage unsigned =
            new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
                .write(draft, sections, image)) {
      new Signer(identity).complete(unsigned);
    }
  }

  @Test
  void fsverityGivesEveryFileTheManifestsDigest() throws IOException {
    ExternalTool fsverity = ExternalTool.require("fsverity");
    Path out = export("--layout", "dir");
    try (ImageFile file = ImageFile.open(image)) {
      for (Section section : file.manifest().sections()) {
        ExternalTool.Outcome outcome =
            fsverity.run(out.resolve("content"), "digest", section.name());
        assertEquals("%s %s\n".formatted(section.fsv(), section.name()), outcome.output());
      }
    }
    String text = Files.readString(out.resolve("fs-verity.txt"));
    JsonNode list = json(out.resolve("fs-verity.json")).get("files");
    assertEquals(LENGTHS.length, list.size());
    for (JsonNode entry : list) {
      String line =
          "%s %s\n".formatted(entry.get("digest").stringValue(), entry.get("path").stringValue());
      assertTrue(text.contains(line), line);
    }
  }

  @Test
  void theFileSystemIsTheSameWhereverItIsMade() throws IOException {
    ExternalTool.require("mke2fs");
    Path one = export("--layout", "ext4");
    Path two = export("--layout", "ext4");
    for (String name : List.of("content.ext4", "content.ext4.hashtree", "dm-verity.json")) {
      assertEquals(-1, Files.mismatch(one.resolve(name), two.resolve(name)), name);
    }
    ExternalTool.Outcome check =
        ExternalTool.require("e2fsck").run(one, "-f", "-n", "content.ext4");
    assertEquals(0, check.code(), check.output());
  }

  @Test
  void theFileSystemHoldsTheFilesOfRootAndNobodyMayWriteThem() throws IOException {
    ExternalTool debugfs = ExternalTool.require("debugfs");
    Path out = export("--layout", "ext4");
    String stat = debugfs.run(out, "-R", "stat /s4097/x", "content.ext4").output();
    assertTrue(stat.contains("Mode:  0444"), stat);
    assertTrue(stat.contains("User:     0   Group:     0"), stat);
    assertTrue(stat.contains("Size: 4097"), stat);
    debugfs.run(out, "-R", "dump /s4097/x dumped", "content.ext4");
    assertEquals(-1, Files.mismatch(out.resolve("content/s4097/x"), out.resolve("dumped")));
  }

  /** By the definition, level by level, and not by the code that made the tree. */
  @Test
  void theRootDigestIsThatOfDmVerity() throws IOException {
    ExternalTool.require("mke2fs");
    Path out = export("--layout", "ext4");
    byte[] level = Files.readAllBytes(out.resolve("content.ext4"));
    while (level.length > 4096) {
      ByteArrayOutputStream hashes = new ByteArrayOutputStream();
      for (int at = 0; at < level.length; at += 4096) {
        hashes.writeBytes(Digest.of(Arrays.copyOfRange(level, at, at + 4096)).bytes());
      }
      byte[] next = hashes.toByteArray();
      level = Arrays.copyOf(next, (next.length + 4095) / 4096 * 4096);
    }
    JsonNode parameters = json(out.resolve("dm-verity.json"));
    assertEquals(Digest.of(level).hex(), parameters.get("root_digest").stringValue());
    assertEquals(
        Files.size(out.resolve("content.ext4")), 4096 * parameters.get("data_blocks").longValue());
  }

  @Test
  void opensslAcceptsTheCmsAndNothingElse() throws IOException {
    ExternalTool openssl = ExternalTool.require("openssl");
    Path out = export("--cms", "--key", identity("ecdsa-p256"), "--root", root("ecdsa-p256"));
    ExternalTool.Outcome good = verify(openssl, out, "certificate.pem");
    assertEquals(0, good.code(), good.output());
    try (ImageFile file = ImageFile.open(image)) {
      assertEquals(file.imageId(), Digest.of(Files.readAllBytes(out.resolve("manifest.json"))));
    }
    Files.writeString(out.resolve("manifest.json"), "{}");
    assertNotEquals(0, verify(openssl, out, "certificate.pem").code());
  }

  /** The verifier has the authority's certificate and nothing else. */
  @Test
  void opensslFollowsTheChainOfTheCms() throws IOException {
    ExternalTool openssl = ExternalTool.require("openssl");
    Authority authority = new Authority();
    Path out = withChain("--cms", authority);
    authority.anchor(out.resolve("ca.pem"));
    ExternalTool.Outcome good = verify(openssl, out, "ca.pem");
    assertEquals(0, good.code(), good.output());
    new Authority().anchor(out.resolve("ca.pem"));
    assertNotEquals(0, verify(openssl, out, "ca.pem").code());
  }

  @Test
  void theModelSignatureHoldsTheChain() throws IOException {
    JsonNode material =
        json(withChain("--oms", new Authority()).resolve("model.sig")).get("verificationMaterial");
    JsonNode chain = material.get("x509CertificateChain").get("certificates");
    assertEquals(2, chain.size());
    assertTrue(material.get("publicKey") == null, material.toString());
  }

  private static Path withChain(String form, Authority authority) throws IOException {
    Path directory = Files.createTempDirectory(ExportTest.directory, "chain");
    try (SigningIdentity identity =
        SigningIdentity.open(Path.of(identity("ecdsa-p256")), Passphrase.Source.none())) {
      VerificationKey key = identity.ecdsaKey().orElseThrow().verificationKey();
      Path chain = authority.chain(directory.resolve("chain.pem"), key);
      return export(
          form,
          "--key",
          identity("ecdsa-p256"),
          "--root",
          root("ecdsa-p256"),
          "--certificate",
          chain.toString());
    }
  }

  /** A signature in another form would vouch for what nobody checked. */
  @Test
  void whatTheTrustRootDoesNotBearOutIsNotSignedInAnotherForm() {
    for (String form : List.of("--cms", "--oms")) {
      Path out = directory.resolve("untrusted");
      Run run =
          run(
              "image",
              "export",
              image.toString(),
              form,
              "--key",
              identity("ecdsa-p256"),
              "--root",
              root("ed25519"),
              "--out",
              out.toString());
      assertEquals(1, run.code());
      assertTrue(run.err().contains("is not in the trust root"), run.err());
      assertTrue(Files.notExists(out));
    }
  }

  @Test
  void withoutATrustRootTheExportSaysThatSignaturesWereNotChecked() throws IOException {
    Path out = Files.createTempDirectory(directory, "plain").resolve("out");
    Run run = run("image", "export", image.toString(), "--out", out.toString());
    assertEquals(0, run.code(), run.err());
    assertTrue(run.err().contains("signatures were not checked"), run.err());
  }

  private static String identity(String algorithm) {
    return directory.resolve(algorithm).toString();
  }

  private static String root(String algorithm) {
    return directory.resolve(algorithm).resolve("trust-root.json").toString();
  }

  private static ExternalTool.Outcome verify(ExternalTool openssl, Path out, String authorities)
      throws IOException {
    return openssl.run(
        out,
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "manifest.cms",
        "-content",
        "manifest.json",
        "-CAfile",
        authorities,
        "-out",
        "verified");
  }

  @Test
  void theModelSignatureCoversEveryFile() throws IOException, GeneralSecurityException {
    Path out = export("--oms", "--key", identity("ecdsa-p256"), "--root", root("ecdsa-p256"));
    JsonNode envelope = json(out.resolve("model.sig")).get("dsseEnvelope");
    byte[] payload = Base64.getDecoder().decode(envelope.get("payload").stringValue());
    byte[] message =
        Envelope.preAuthenticationEncoding(envelope.get("payloadType").stringValue(), payload);
    String pem = Files.readString(out.resolve("model.pub.pem"));
    byte[] spki = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    Signature verifier = Signature.getInstance("SHA256withECDSA");
    verifier.initVerify(KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(spki)));
    verifier.update(message);
    String signature = envelope.get("signatures").get(0).get("sig").stringValue();
    assertTrue(verifier.verify(Base64.getDecoder().decode(signature)));

    JsonNode statement = StrictJson.parse("statement", payload);
    List<String> names = new ArrayList<>();
    ByteArrayOutputStream digests = new ByteArrayOutputStream();
    for (JsonNode resource : statement.get("predicate").get("resources")) {
      String name = resource.get("name").stringValue();
      String digest = resource.get("digest").stringValue();
      assertEquals(
          Digest.of(Files.readAllBytes(out.resolve("content").resolve(name))).hex(), digest);
      names.add(name);
      digests.writeBytes(HexFormat.of().parseHex(digest));
    }
    assertEquals(ExternalTool.files(out.resolve("content")), names);
    assertEquals(
        Digest.of(digests.toByteArray()).hex(),
        statement.get("subject").get(0).get("digest").get("sha256").stringValue());
  }

  @Test
  void anIdentityWithoutAnEcdsaKeyIsRefused() {
    Run run =
        run(
            "image",
            "export",
            image.toString(),
            "--oms",
            "--key",
            identity("ed25519"),
            "--root",
            root("ecdsa-p256"),
            "--out",
            directory.resolve("refused").toString());
    assertEquals(1, run.code());
    assertTrue(run.err().contains("has no ECDSA key"), run.err());
    assertTrue(Files.notExists(directory.resolve("refused")));
  }

  private static Path export(String... options) throws IOException {
    Path out = Files.createTempDirectory(directory, "export").resolve("out");
    List<String> words =
        new ArrayList<>(List.of("image", "export", image.toString(), "--out", out.toString()));
    words.addAll(List.of(options));
    Run run = run(words.toArray(String[]::new));
    assertEquals(0, run.code(), run.err());
    return out;
  }

  private record Run(int code, String err) {}

  private static Run run(String... words) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code = Main.run(List.of(words), new ByteArrayOutputStream(), err);
    return new Run(code, err.toString(StandardCharsets.UTF_8));
  }

  private static JsonNode json(Path file) throws IOException {
    return StrictJson.parse(file.toString(), Files.readAllBytes(file));
  }
}
