package org.m4fw.signing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.json.CanonicalJson;
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
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.trust.Policy;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.signing.trust.TrustRoots;
import org.m4fw.signing.trust.VerificationError;
import org.m4fw.signing.trust.Verifier;

/** What is signed leaves the house, signatures come back. */
class DetachedSigningTest {
  @TempDir Path temporary;
  private Path image = Path.of("");
  private Path release = Path.of("");
  private Path request = Path.of("");
  private Path signatures = Path.of("");

  /** An image that a first identity signed, and the request for a second. */
  @BeforeEach
  void makeImage() throws IOException {
    image = temporary.resolve("phone.m4img");
    release = temporary.resolve("release");
    SigningIdentity.create(release, Optional.empty()).close();
    try (SigningIdentity build =
        SigningIdentity.create(temporary.resolve("build"), Optional.empty())) {
      write(image, 1, false, build);
    }
    request = temporary.resolve("phone.tosign");
    signatures = temporary.resolve("phone.sigs");
    try (ImageFile file = ImageFile.open(image)) {
      Files.write(request, SigningRequest.of(file).bytes());
    }
  }

  @Test
  void signaturesMadeElsewhereComeBack() throws IOException {
    Files.write(signatures, sign(SigningRequest.read(request)).bytes());
    attach(signatures);
    try (ImageFile file = ImageFile.open(image)) {
      assertEquals(
          2, new Verifier(root(), Policy.STRICT).verify(file, Progress.silent()).signers().size());
      assertEquals(SigningRequest.read(request).imageId(), file.imageId());
    }
  }

  @Test
  void theRequestIsWhatSignatureAlgorithmsGet() throws IOException {
    try (ImageFile file = ImageFile.open(image)) {
      assertArrayEquals(file.envelope().preAuthenticationEncoding(), Files.readAllBytes(request));
      assertArrayEquals(file.envelope().payload(), SigningRequest.read(request).payload());
    }
  }

  @Test
  void otherBytesThanARequestAreRefused() throws IOException {
    byte[] good = Files.readAllBytes(request);
    for (byte[] bad :
        List.of(
            new byte[0],
            "DSSEv1".getBytes(StandardCharsets.US_ASCII),
            Arrays.copyOf(good, good.length - 1),
            Arrays.copyOf(good, good.length + 1),
            Envelope.preAuthenticationEncoding("text/plain", new byte[] {1}),
            "DSSEv1 35 application/vnd.m4fw.image.v1+json 99999999999999999999 {}"
                .getBytes(StandardCharsets.US_ASCII))) {
      assertRefused(SigningError.NOT_A_REQUEST, () -> SigningRequest.parse("request", bad));
    }
  }

  @Test
  void anAdaptersManifestIsNoImagesRequest() throws IOException {
    byte[] payload = SigningRequest.read(request).payload();
    byte[] swapped = Envelope.preAuthenticationEncoding(Kind.ADAPTER.payloadType(), payload);
    assertRefused(SigningError.NOT_A_REQUEST, () -> SigningRequest.parse("request", swapped));
  }

  @Test
  void signaturesOverAnotherImageAreRefused() throws IOException {
    Path other = temporary.resolve("other.m4img");
    try (SigningIdentity identity = SigningIdentity.open(release, Passphrase.Source.none())) {
      write(other, 2, false, identity);
      try (ImageFile file = ImageFile.open(other)) {
        Files.write(signatures, file.envelope().bytes());
      }
    }
    assertRefused(SigningError.OTHER_PAYLOAD, () -> attach(signatures));
  }

  @Test
  void aSignatureByAnUntrustedKeyIsRefused() throws IOException {
    try (ImageFile file = ImageFile.open(image)) {
      Files.write(signatures, file.envelope().bytes());
    }
    assertRefused(VerificationError.UNKNOWN_SIGNER, () -> attach(signatures));
  }

  @Test
  void aWrongSignatureIsRefused() throws IOException {
    Envelope good = sign(SigningRequest.read(request));
    Envelope.Signature one = good.signatures().getFirst();
    byte[] bytes = one.bytes();
    bytes[7] ^= 1;
    Envelope bad = good.withSignatures(List.of(Envelope.Signature.of(one.keyId(), bytes)));
    Files.write(signatures, bad.bytes());
    assertRefused(VerificationError.BAD_SIGNATURE, () -> attach(signatures));
  }

  @Test
  void aReleaseIdentitySignsNoDevelopmentRequest() throws IOException {
    Path development = temporary.resolve("development.m4img");
    ConfigurationDirectory configuration =
        new ConfigurationDirectory(temporary.resolve("configuration"));
    try (SigningIdentity identity = DevelopmentIdentity.open(configuration).identity()) {
      write(development, 1, true, identity);
    }
    try (ImageFile file = ImageFile.open(development)) {
      SigningRequest wanted = SigningRequest.of(file);
      assertRefused(SigningError.DEVELOPMENT_IMAGE, () -> sign(wanted));
    }
  }

  private Envelope sign(SigningRequest wanted) {
    try (SigningIdentity identity = SigningIdentity.open(release, Passphrase.Source.none())) {
      return new Signer(identity).sign(wanted);
    }
  }

  private void attach(Path file) {
    try (ImageFile open = ImageFile.open(image)) {
      new SignatureAttachment(root())
          .attach(open, List.of(file), Signer.Existing.REPLACE, image, Progress.silent());
    }
  }

  private TrustRoots root() {
    return TrustRoots.only(release.resolve("trust-root.json"));
  }

  private static void assertRefused(ErrorCode code, Executable action) {
    assertEquals(code, assertThrows(ProblemException.class, action).problem().code());
  }

  private static void write(Path target, int build, boolean development, SigningIdentity identity) {
    ImageDraft draft =
        new ImageDraft(
            Kind.IMAGE,
            "phone",
            "1.0.0",
            build,
            new Rollback("m4", 0),
            TrustRoot.HYBRID,
            development,
            OptionalLong.empty(),
            CanonicalJson.node(Map.of()),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    SectionSpec spec =
        new SectionSpec("weights", "weights", "b", List.of(), "application/octet-stream", "w.bin");
    try (UnsignedImage unsigned =
        new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
            .write(draft, List.of(SectionSource.of(spec, new byte[5000])), target)) {
      new Signer(identity).complete(unsigned);
    }
  }
}
