package org.m4fw.image;

import org.m4fw.image.framing.ContainerLayout;

/**
 * The manifest's {@code layout}: the signed counterpart of the header's fields.
 *
 * @param log2Align 14 or 16
 * @param envelopeSlot in bytes
 * @param firstSectionOffset where the first section's tree entry begins
 */
public record LayoutHints(
    int log2Align,
    long envelopeSlot,
    long firstSectionOffset,
    long centralDirectoryOffset,
    long centralDirectoryLength,
    long fileSize) {

  static LayoutHints of(ContainerLayout layout) {
    return new LayoutHints(
        layout.log2Align(),
        layout.envelopeSlot(),
        layout.firstSectionOffset(),
        layout.centralDirectoryOffset(),
        layout.centralDirectoryLength(),
        layout.fileSize());
  }
}
