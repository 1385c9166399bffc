package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.m4fw.base.bytes.FileRanges;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.image.framing.ContainerFormat;

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

  /**
   * Reads the manifest of a container of which at least the bytes before the first section are
   * here: a download that has just begun. All of the frame that is here is checked.
   *
   * @throws ProblemException with an {@link ImageError} or a {@link org.m4fw.base.file.FileError}
   */
  public static SignedManifest ofFront(Path path) {
    try (FileRanges file = FileRanges.open(path)) {
      StructureCheck.Result front = new StructureCheck(path.toString(), new Front(file)).run();
      return new SignedManifest(
          path.toString(), front.manifest(), front.envelope(), front.imageId());
    }
  }

  /** The first bytes of a container, which states itself how long it is. */
  private record Front(FileRanges file) implements FrameSource {
    private static final int SIZE_AT = 16;

    @Override
    public long size() {
      long field = ContainerFormat.HEADER_OFFSET + SIZE_AT;
      if (file.size() < field + Long.BYTES) {
        return file.size();
      }
      long stated =
          ByteBuffer.wrap(file.read(field, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
      return Math.max(stated, file.size());
    }

    @Override
    public long available() {
      return file.size();
    }

    @Override
    public MemorySegment slice(long offset, long length) {
      return MemorySegment.ofArray(file.read(offset, Math.toIntExact(length)));
    }
  }
}
