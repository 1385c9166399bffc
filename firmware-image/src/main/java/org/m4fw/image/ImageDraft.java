package org.m4fw.image;

import java.util.List;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/**
 * What the maker of a container says about it; the writer adds sections, layout and digests.
 *
 * @param product what the container is for; an adapter's id for adapters
 * @param version a semantic version
 * @param build 0 to 2^53−1
 * @param requiredSignatures at least one; none for a delta
 * @param development whether a development key will sign; verifiers refuse such images by default
 * @param created seconds since 1970, from {@code SOURCE_DATE_EPOCH}; empty without it
 * @param content a JSON object without floats that only the maker and its readers understand
 * @param alignment where sections may begin
 * @param minimumSlot the least room for the envelope, in bytes, a multiple of 4096 from 16 KiB to 4
 *     MiB; the writer doubles it until the payload and {@link
 *     org.m4fw.image.framing.ContainerFormat#SIGNATURE_ROOM} fit
 */
public record ImageDraft(
    Kind kind,
    String product,
    String version,
    long build,
    Rollback rollback,
    List<RequiredSignature> requiredSignatures,
    boolean development,
    OptionalLong created,
    JsonNode content,
    Alignment alignment,
    int minimumSlot) {

  /** Where sections may begin. */
  public enum Alignment {
    /** The page size of Android 16 and Apple systems. */
    KIB_16(14),
    /** For boards with 64 KiB pages, and for DMA engines that want it. */
    KIB_64(16);

    private final int log2;

    Alignment(int log2) {
      this.log2 = log2;
    }

    public int log2() {
      return log2;
    }
  }

  /** Room for the manifest of a full image and several sets of signatures. */
  public static final int IMAGE_SLOT = 256 << 10;

  /** For adapters and other small containers. */
  public static final int SMALL_SLOT = 16 << 10;

  public ImageDraft {
    requiredSignatures = requiredSignatures.stream().sorted(RequiredSignature.ORDER).toList();
    content = content.deepCopy();
  }
}
