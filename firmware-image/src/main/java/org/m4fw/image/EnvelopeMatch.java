package org.m4fw.image;

import org.m4fw.base.digest.Digest;

/** Whether an envelope belongs to a manifest. */
final class EnvelopeMatch {
  private EnvelopeMatch() {}

  static void check(String file, Manifest manifest, Digest imageId, Envelope envelope) {
    type(file, manifest.kind(), envelope);
    Digest signed = Digest.of(envelope.payload());
    if (!signed.equals(imageId)) {
      throw ImageError.ENVELOPE_OF_ANOTHER.at(file, "envelope", signed, imageId);
    }
  }

  static void type(String file, Kind kind, Envelope envelope) {
    if (!envelope.payloadType().equals(kind.payloadType())) {
      throw ImageError.ENVELOPE_FIELD.wrong(
          file, "envelope: payloadType", envelope.payloadType(), kind.payloadType());
    }
  }
}
