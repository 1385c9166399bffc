package org.m4fw.signing.trust;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.image.Envelope;
import org.m4fw.image.RequiredSignature;

/**
 * A trust root as a file holds it: plain JSON as {@link TrustRootFile} describes it, or the
 * canonical form of that in a DSSE envelope of its own payload type. A plain root can only be the
 * first of a chain: whoever names the file trusts it.
 *
 * @param envelope empty for a plain root
 */
public record SignedRoot(TrustRoot root, Optional<Envelope> envelope) {
  /** Part of what is signed, so that no signature over anything else passes for one of a root. */
  public static final String PAYLOAD_TYPE = "application/vnd.m4fw.trust-root.v1+json";

  /** 64 keys and 32 signatures of the longest kinds have less. */
  static final int MAX_BYTES = 1 << 20;

  /** A root with these signatures; there is at least one. */
  public static SignedRoot of(TrustRoot root, List<Envelope.Signature> signatures) {
    byte[] payload = TrustRootFile.canonical(root);
    return new SignedRoot(root, Optional.of(Envelope.of(PAYLOAD_TYPE, payload, signatures)));
  }

  /** As a draft, to be signed. */
  public static SignedRoot draft(TrustRoot root) {
    return new SignedRoot(root, Optional.empty());
  }

  /**
   * Reads one root, whose signatures are not checked yet.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link TrustRootError}, or the error of
   *     the JSON, key, envelope or file
   */
  public static SignedRoot read(Path file) {
    return parse(file.toString(), FileBytes.read(file, MAX_BYTES));
  }

  /** As {@link #read}, for bytes of any origin. */
  public static SignedRoot parse(String file, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw TrustRootError.TOO_LARGE.at(file, "", bytes.length, MAX_BYTES);
    }
    Fields document = Fields.of(file, StrictJson.parse(file, bytes));
    return document.has("payload") ? signed(file, bytes) : draft(TrustRootFile.read(document));
  }

  private static SignedRoot signed(String file, byte[] bytes) {
    Envelope envelope = Envelope.parse(file, trimmed(bytes));
    if (!envelope.payloadType().equals(PAYLOAD_TYPE)) {
      throw TrustRootError.WRONG_TYPE.at(file, "", envelope.payloadType(), PAYLOAD_TYPE);
    }
    byte[] payload = envelope.payload();
    TrustRoot root = TrustRootFile.read(Fields.of(file, StrictJson.parse(file, payload)));
    if (!Arrays.equals(payload, TrustRootFile.canonical(root))) {
      throw TrustRootError.NOT_CANONICAL.at(file, "payload");
    }
    return new SignedRoot(root, Optional.of(envelope));
  }

  /** Without one line feed at the end, which editors and people like. */
  private static byte[] trimmed(byte[] bytes) {
    boolean lineFeed = bytes.length > 0 && bytes[bytes.length - 1] == '\n';
    return lineFeed ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
  }

  /** What is signed. */
  public byte[] payload() {
    return TrustRootFile.canonical(root);
  }

  /** The content of the file. */
  public byte[] bytes() {
    return envelope
        .map(Envelope::bytes)
        .map(
            json -> {
              byte[] lines = Arrays.copyOf(json, json.length + 1);
              lines[json.length] = '\n';
              return lines;
            })
        .orElseGet(() -> TrustRootFile.bytes(root));
  }

  /**
   * Checks that the root is signed as it asks for itself.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link TrustRootError}
   */
  void checkSelfSigned() {
    Envelope signed = envelope.orElseThrow(() -> TrustRootError.UNSIGNED.at(root.source(), ""));
    SignatureCheck own = check(root);
    own.enough(
        own.signatures(signed).signers(), requirements(root), TrustRootError.TOO_FEW_BY_ITSELF);
  }

  /**
   * Checks that this root may follow another: the next version, and signed as that root and this
   * one ask for.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link TrustRootError}
   */
  public void checkFollows(SignedRoot previous) {
    TrustRoot before = previous.root();
    checkVersionFollows(before);
    if (root.development() != before.development()) {
      throw TrustRootError.DEVELOPMENT_CHANGED.at(
          root.source(), "development", root.development() ? "development builds" : "releases");
    }
    Envelope signed = envelope.orElseThrow(() -> TrustRootError.UNSIGNED.at(root.source(), ""));
    SignatureCheck old = check(before);
    SignatureCheck own = check(root);
    SignatureCheck.Result byOld = old.signatures(signed);
    SignatureCheck.Result byOwn = own.signatures(signed);
    for (String id : byOld.unknown()) {
      if (byOwn.unknown().contains(id)) {
        throw TrustRootError.UNKNOWN_SIGNER.at(root.source(), "signature by " + id);
      }
    }
    old.enough(byOld.signers(), requirements(before), TrustRootError.TOO_FEW_BY_PREVIOUS);
    own.enough(byOwn.signers(), requirements(root), TrustRootError.TOO_FEW_BY_ITSELF);
  }

  /** Throws {@link TrustRootError#VERSION_NOT_NEXT} unless this is the next version. */
  public void checkVersionFollows(TrustRoot before) {
    if (root.version() != before.version() + 1) {
      throw TrustRootError.VERSION_NOT_NEXT.at(
          root.source(), "version", root.version(), before.version() + 1);
    }
  }

  /** A requirement, and how many good signatures there are for it. */
  public record Count(RequiredSignature required, long found) {}

  /**
   * How far the signing has come, by the requirements of this root or of the one before it.
   *
   * @throws org.m4fw.base.problem.ProblemException if a signature is wrong
   */
  public List<Count> counts(TrustRoot by) {
    List<TrustedKey> signers =
        envelope.map(signed -> check(by).signatures(signed).signers()).orElse(List.of());
    return requirements(by).stream()
        .map(r -> new Count(r, signers.stream().filter(key -> by.counts(key, r)).count()))
        .toList();
  }

  /** A signature that one of two roots does not know, the other may. */
  private SignatureCheck check(TrustRoot by) {
    return new SignatureCheck(root.source(), by, new Policy(true, true));
  }

  private static List<RequiredSignature> requirements(TrustRoot root) {
    List<RequiredSignature> required = root.requirements(Roles.ROOT);
    if (required.isEmpty()) {
      throw TrustRootError.NO_ROOT_ROLE.at(root.source(), "required");
    }
    return required;
  }
}
