package org.m4fw.image;

import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ProblemException;

/**
 * What a container says about itself, and who signed that. Its places are where the canonical
 * layout has them. Whether the signatures count is decided by the module {@code signing}.
 *
 * @param file where it was found, for messages
 * @param imageId the SHA-256 of the envelope's payload, whose parsed form the manifest is
 */
public record SignedManifest(String file, Manifest manifest, Envelope envelope, Digest imageId) {

  /**
   * Reads the envelope of a container of this kind that need not be here itself.
   *
   * @throws ProblemException with an {@link ImageError}
   */
  public static SignedManifest read(String file, Kind kind, byte[] envelopeBytes) {
    Envelope envelope = Envelope.parse(file, envelopeBytes);
    EnvelopeMatch.type(file, kind, envelope);
    byte[] payload = envelope.payload();
    Manifest manifest = ManifestJson.parse(file, payload);
    if (manifest.kind() != kind) {
      throw ImageError.MANIFEST_FIELD.at(
          file, "manifest: kind", manifest.kind().text(), kind.text());
    }
    PlacesCheck.check(
        file, manifest, manifest.layout().fileSize(), manifest.layout().envelopeSlot());
    if (envelopeBytes.length > manifest.layout().envelopeSlot()) {
      throw ImageError.ENVELOPE_TOO_LARGE.at(
          file, "envelope", envelopeBytes.length, manifest.layout().envelopeSlot());
    }
    return new SignedManifest(file, manifest, envelope, Digest.of(payload));
  }
}
