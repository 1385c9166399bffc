package org.m4fw.image;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.m4fw.base.digest.Digest;
import org.m4fw.image.framing.ContainerFormat;
import org.m4fw.image.framing.ContainerLayout;
import org.m4fw.image.framing.Entry;
import org.m4fw.image.framing.Header;
import org.m4fw.image.framing.ZipRecords;

/**
 * Every byte of a container that is not in a section or its tree, as it follows from the manifest
 * and the envelope. The writer writes these pieces, the reader compares with them: nothing in a
 * container is free to be anything else.
 */
final class ContainerFrame {

  /** Takes one piece of the frame. */
  interface Visitor {
    /**
     * Takes a piece.
     *
     * @param name for messages
     * @param offset in the file
     */
    void piece(String name, long offset, byte[] bytes);
  }

  private final Manifest manifest;
  private final ContainerLayout layout;
  private final byte[] header;
  private final byte[] slot;

  /**
   * The frame.
   *
   * @param envelope at most as long as the slot
   */
  ContainerFrame(Manifest manifest, Digest imageId, byte[] envelope) {
    this.manifest = manifest;
    this.layout = manifest.derivedLayout();
    this.header = Header.of(manifest.kind().number(), layout, envelope.length, imageId).encode();
    this.slot = Arrays.copyOf(envelope, Math.toIntExact(layout.envelopeSlot()));
    Arrays.fill(slot, envelope.length, slot.length, ContainerFormat.SLOT_PADDING);
  }

  /** All pieces in file order, one at a time, so that never all are in memory. */
  void visit(Visitor visitor) {
    visitEnvelope(visitor);
    for (int i = 0; i < manifest.sections().size(); i++) {
      Section section = manifest.sections().get(i);
      local(visitor, layout.tree(i), section.treeCrc32());
      local(visitor, layout.data(i), section.crc32());
    }
    visitor.piece("central directory", layout.centralDirectoryOffset(), directory());
    visitor.piece(
        "end of central directory",
        layout.centralDirectoryOffset() + layout.centralDirectoryLength(),
        ZipRecords.end(
            layout.centralDirectoryOffset(),
            layout.centralDirectoryLength(),
            layout.entries().size()));
  }

  private void visitEnvelope(Visitor visitor) {
    local(visitor, layout.header(), crc(header));
    visitor.piece("header", layout.header().contentOffset(), header);
    local(visitor, layout.envelope(), crc(slot));
    visitor.piece("envelope slot", layout.envelope().contentOffset(), slot);
  }

  private static void local(Visitor visitor, Entry entry, int crc) {
    visitor.piece(
        "local header of " + entry.name(), entry.headerOffset(), ZipRecords.local(entry, crc));
  }

  private byte[] directory() {
    List<Integer> checksums = new ArrayList<>(List.of(crc(header), crc(slot)));
    for (Section section : manifest.sections()) {
      checksums.add(section.treeCrc32());
      checksums.add(section.crc32());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < layout.entries().size(); i++) {
      out.writeBytes(ZipRecords.central(layout.entries().get(i), checksums.get(i)));
    }
    return out.toByteArray();
  }

  private static int crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
