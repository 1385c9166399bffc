package org.m4fw.signing.statement;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.Envelope;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.TrustedKey;
import org.m4fw.signing.trust.Verifier;
import tools.jackson.databind.JsonNode;

/**
 * A statement about something, in a DSSE envelope. The payload is canonical JSON:
 *
 * <pre>
 * {"schema": "m4fw/statement/1",
 *  "kind": label of a {@link StatementKind},
 *  "development": false,
 *  "subjects": ["sha256:..."],     what it is about: image ids, section digests; ascending, each once
 *  "body": {...}}                  what it says; without floats
 * </pre>
 *
 * <p>The file is the canonical envelope and a line feed. Statements by a development identity are
 * marked, as builds are, and count for nothing else.
 */
public final class SignedStatement {
  static final String SCHEMA = "m4fw/statement/1";

  /** In bytes of the envelope. */
  static final int MAX_BYTES = 4 << 20;

  private static final int MAX_SUBJECTS = 4096;

  private final String source;
  private final Content content;
  private final Envelope envelope;

  private record Content(
      StatementKind kind, boolean development, List<Digest> subjects, JsonNode body) {

    private byte[] payload() {
      Map<String, Object> document = new TreeMap<>();
      document.put("schema", SCHEMA);
      document.put("kind", kind.label());
      document.put("development", development);
      document.put("subjects", subjects.stream().map(Digest::toString).toList());
      document.put("body", body);
      return CanonicalJson.bytes(CanonicalJson.node(document));
    }
  }

  private SignedStatement(String source, Content content, Envelope envelope) {
    this.source = source;
    this.content = content;
    this.envelope = envelope;
  }

  /**
   * Makes and signs a statement with all keys of an identity.
   *
   * @param subjects in any order
   * @param body a JSON object without floats
   */
  public static SignedStatement sign(
      StatementKind kind, Collection<Digest> subjects, JsonNode body, SigningIdentity identity) {
    Content content =
        new Content(
            kind, identity.development(), List.copyOf(new TreeSet<>(subjects)), body.deepCopy());
    Envelope envelope = new Signer(identity).sign(kind.payloadType(), content.payload());
    return new SignedStatement(kind.label(), content, envelope);
  }

  /** With the signatures of another identity added, or made again. */
  public SignedStatement countersigned(SigningIdentity identity) {
    Envelope theirs = new Signer(identity).sign(envelope.payloadType(), envelope.payload());
    return new SignedStatement(source, content, envelope.withSignatures(theirs.signatures()));
  }

  /**
   * Reads a statement, whose signatures are not checked yet.
   *
   * @throws ProblemException with a {@link StatementError}, or the error of the envelope, JSON or
   *     file
   */
  public static SignedStatement read(Path file) {
    return parse(file.toString(), FileBytes.read(file, MAX_BYTES));
  }

  /** As {@link #read}, for the bytes of a section or of any origin. */
  public static SignedStatement parse(String source, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw StatementError.TOO_LARGE.at(source, "", bytes.length, MAX_BYTES);
    }
    boolean lineFeed = bytes.length > 0 && bytes[bytes.length - 1] == '\n';
    Envelope envelope =
        Envelope.parse(source, lineFeed ? Arrays.copyOf(bytes, bytes.length - 1) : bytes);
    byte[] payload = envelope.payload();
    Content content = content(Fields.of(source, StrictJson.parse(source, payload)));
    if (!envelope.payloadType().equals(content.kind().payloadType())) {
      throw StatementError.WRONG_TYPE.at(
          source, "", envelope.payloadType(), content.kind().payloadType());
    }
    if (!Arrays.equals(payload, canonical(source, content))) {
      throw StatementError.NOT_CANONICAL.at(source, "payload");
    }
    return new SignedStatement(source, content, envelope);
  }

  private static Content content(Fields document) {
    document.allowOnly("schema", "kind", "development", "subjects", "body");
    String schema = document.string("schema");
    if (!schema.equals(SCHEMA)) {
      throw StatementError.WRONG_SCHEMA.at(document.file(), "schema", schema, SCHEMA);
    }
    String label = document.string("kind");
    StatementKind kind =
        StatementKind.ofLabel(label)
            .orElseThrow(
                () ->
                    StatementError.WRONG_KIND.at(
                        document.file(), "kind", label, Arrays.toString(StatementKind.values())));
    return new Content(
        kind,
        document.bool("development", false),
        StatementDigests.of(document, "subjects", MAX_SUBJECTS),
        document.object("body").node());
  }

  /** A body with floats has no canonical form. */
  private static byte[] canonical(String source, Content content) {
    try {
      return content.payload();
    } catch (IllegalArgumentException e) {
      throw StatementError.NOT_CANONICAL.at(source, "body");
    }
  }

  /**
   * Checks who signed.
   *
   * @return the keys, each once
   * @throws ProblemException with a {@link org.m4fw.signing.trust.VerificationError} or {@link
   *     org.m4fw.signing.trust.TrustRootError}
   */
  public List<TrustedKey> verify(Verifier verifier) {
    return verifier.verifySignatures(
        source, envelope, development(), kind().payloadType(), kind().role());
  }

  /** Refuses all kinds but one. */
  public SignedStatement require(StatementKind kind) {
    if (kind() != kind) {
      throw StatementError.WRONG_KIND.at(source, "kind", kind().label(), kind.label());
    }
    return this;
  }

  /** The file, for messages. */
  public String source() {
    return source;
  }

  public StatementKind kind() {
    return content.kind();
  }

  public boolean development() {
    return content.development();
  }

  /** In ascending order, each once. */
  public List<Digest> subjects() {
    return content.subjects();
  }

  /** What it says: a copy, as JSON nodes can be changed and a statement cannot. */
  public Fields body() {
    return Fields.of(source, content.body().deepCopy());
  }

  /** The SHA-256 of the payload: the same whoever signs. */
  public Digest id() {
    return Digest.of(envelope.payload());
  }

  public Envelope envelope() {
    return envelope;
  }

  /** The content of its file. */
  public byte[] bytes() {
    byte[] json = envelope.bytes();
    byte[] lines = Arrays.copyOf(json, json.length + 1);
    lines[json.length] = '\n';
    return lines;
  }
}
