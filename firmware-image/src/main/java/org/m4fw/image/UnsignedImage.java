package org.m4fw.image;

import java.nio.file.Path;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;

/**
 * A container whose sections are written, under a temporary name, and whose envelope is missing.
 * The only way on is {@link #complete}; {@link #close} without it removes the file.
 */
public final class UnsignedImage implements AutoCloseable {
  private final OutputFile file;
  private final Manifest manifest;
  private final byte[] payload;
  private final Digest imageId;

  UnsignedImage(OutputFile file, Manifest manifest) {
    this.file = file;
    this.manifest = manifest;
    this.payload = ManifestJson.bytes(file.target().toString(), manifest);
    this.imageId = Digest.of(payload);
  }

  /** The name that the file will get. */
  public Path target() {
    return file.target();
  }

  public Manifest manifest() {
    return manifest;
  }

  /** What is to be signed, of type {@link Kind#payloadType}. */
  public byte[] payload() {
    return payload.clone();
  }

  /** The payload in the form that signature algorithms get. */
  public byte[] preAuthenticationEncoding() {
    return Envelope.preAuthenticationEncoding(manifest.kind().payloadType(), payload);
  }

  /** The SHA-256 of the payload. */
  public Digest imageId() {
    return imageId;
  }

  /**
   * Puts the envelope in, checks that the whole file reads as a container, and gives it its name.
   * The signatures themselves are not checked.
   *
   * @throws ProblemException with an {@link ImageError} if the envelope belongs to another payload
   *     or does not fit
   */
  public SignedImage complete(Envelope envelope) {
    EnvelopeMatch.check(target().toString(), manifest, imageId, envelope);
    ImageWriter.frame(file, manifest, envelope);
    ImageFile.open(file.temporaryPath()).close();
    file.commit();
    return new SignedImage(target(), manifest, imageId);
  }

  @Override
  public void close() {
    file.close();
  }
}
