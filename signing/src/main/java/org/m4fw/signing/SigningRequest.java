package org.m4fw.signing;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.m4fw.base.bytes.FileBytes;
import org.m4fw.base.digest.Digest;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Kind;
import org.m4fw.image.Manifest;
import org.m4fw.image.ManifestJson;

/**
 * What the signers of a container sign, taken out of it, to be carried to a room without a network.
 * The file holds exactly the bytes that signature algorithms get, DSSE's pre-authentication
 * encoding, so that any tool that signs files can sign it:
 *
 * <pre>
 * DSSEv1 LENGTH TYPE LENGTH PAYLOAD
 * </pre>
 *
 * <p>Only the payload of a container is accepted: nobody can have anything else signed by passing
 * it off as one.
 */
public final class SigningRequest {
  /** A payload fits into an envelope's slot; what comes before it is short. */
  private static final long MAX_BYTES = 4L << 20;

  private final String file;
  private final Manifest manifest;
  private final byte[] payload;

  private SigningRequest(String file, Manifest manifest, byte[] payload) {
    this.file = file;
    this.manifest = manifest;
    this.payload = payload;
  }

  /** That of a container, whose sections the caller has checked. */
  public static SigningRequest of(ImageFile image) {
    return new SigningRequest(
        image.path().toString(), image.manifest(), image.envelope().payload());
  }

  /**
   * Reads a request.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link SigningError#NOT_A_REQUEST}, an
   *     {@link org.m4fw.image.ImageError} if the payload is no manifest, or the error of the file
   */
  public static SigningRequest read(Path path) {
    return parse(path.toString(), FileBytes.read(path, MAX_BYTES));
  }

  /** As {@link #read}; {@code file} is only for messages. */
  public static SigningRequest parse(String file, byte[] bytes) {
    for (Kind kind : Kind.values()) {
      Optional<byte[]> payload = payload(kind.payloadType(), bytes);
      if (payload.isPresent()) {
        Manifest manifest = ManifestJson.parse(file, payload.get());
        if (manifest.kind() != kind) {
          throw SigningError.NOT_A_REQUEST.at(file, "kind");
        }
        return new SigningRequest(file, manifest, payload.get());
      }
    }
    throw SigningError.NOT_A_REQUEST.at(file, "");
  }

  /** The payload, if encoding it again gives the same bytes. */
  private static Optional<byte[]> payload(String type, byte[] bytes) {
    byte[] start =
        "DSSEv1 %s %s ".formatted(type.length(), type).getBytes(StandardCharsets.US_ASCII);
    int at = start.length;
    while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    if (at >= bytes.length) {
      return Optional.empty();
    }
    byte[] payload = Arrays.copyOfRange(bytes, at + 1, bytes.length);
    byte[] again = Envelope.preAuthenticationEncoding(type, payload);
    return Arrays.equals(bytes, again) ? Optional.of(payload) : Optional.empty();
  }

  /** Where it came from, for messages. */
  public String file() {
    return file;
  }

  public Manifest manifest() {
    return manifest;
  }

  /** What is signed, as {@link Envelope} holds it. */
  public byte[] payload() {
    return payload.clone();
  }

  public String payloadType() {
    return manifest.kind().payloadType();
  }

  /** The image id: two rooms that read the same id over the telephone mean the same image. */
  public Digest imageId() {
    return Digest.of(payload);
  }

  /** The file's bytes. */
  public byte[] bytes() {
    return Envelope.preAuthenticationEncoding(payloadType(), payload);
  }
}
