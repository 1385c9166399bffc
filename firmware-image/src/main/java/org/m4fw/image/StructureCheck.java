package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import org.m4fw.base.digest.Digest;
import org.m4fw.image.framing.ContainerFormat;
import org.m4fw.image.framing.Header;

/**
 * Checks everything about a container that needs no key and no section byte, in this order: magic,
 * version, header, envelope, manifest, places, then every byte of framing. Each step relies only on
 * what the steps before it have checked; nothing is allocated by a size that has not been bounded.
 */
final class StructureCheck {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String file;
  private final FrameSource bytes;

  /** What the checked bytes say. */
  record Result(Manifest manifest, Envelope envelope, Digest imageId) {}

  StructureCheck(String file, FrameSource bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  static boolean hasMagic(FrameSource bytes) {
    return bytes.size() >= ContainerFormat.HEADER_OFFSET + Long.BYTES
        && bytes.slice(ContainerFormat.HEADER_OFFSET, Long.BYTES).get(LONG, 0) == Header.MAGIC;
  }

  Result run() {
    if (!hasMagic(bytes)) {
      throw ImageError.NOT_AN_IMAGE.at(file, "", "there is no FMW header at byte 64");
    }
    here(ContainerFormat.ENVELOPE_OFFSET + ContainerFormat.MIN_SLOT);
    header();
    Kind kind = kind();
    long slot = integer(32);
    long length = integer(40);
    byte[] stored = slice(ContainerFormat.ENVELOPE_OFFSET, length);
    padding(ContainerFormat.ENVELOPE_OFFSET + length, ContainerFormat.ENVELOPE_OFFSET + slot);
    Envelope envelope = Envelope.parse(file, stored);
    EnvelopeMatch.type(file, kind, envelope);
    byte[] payload = envelope.payload();
    Manifest manifest = ManifestJson.parse(file, payload);
    if (manifest.kind() != kind) {
      throw ImageError.MANIFEST_FIELD.wrong(
          file, "manifest: kind", manifest.kind().text(), kind.text());
    }
    PlacesCheck.check(file, manifest, bytes.size(), slot);
    Digest imageId = Digest.of(payload);
    new ContainerFrame(manifest, imageId, stored).visit(this::compare);
    return new Result(manifest, envelope, imageId);
  }

  private void header() {
    int major = integer16(8);
    int minor = integer16(10);
    if (major != ContainerFormat.MAJOR || minor != ContainerFormat.MINOR) {
      throw ImageError.UNSUPPORTED_VERSION.at(file, "header", major, minor);
    }
    byte[] header = slice(ContainerFormat.HEADER_OFFSET, ContainerFormat.HEADER_LENGTH);
    int found = integer32(Header.CHECKED);
    if (found != Header.checksum(header)) {
      throw ImageError.HEADER_CHECKSUM.at(file, "header", found, Header.checksum(header));
    }
    field("header length", Integer.toUnsignedLong(integer32(12)), ContainerFormat.HEADER_LENGTH);
    long size = integer(16);
    if (size < 0) {
      throw wrong("file size", Long.toUnsignedString(size), "at most 2^63-1");
    }
    atLeast(size);
    if (bytes.size() > size) {
      throw ImageError.TRAILING_BYTES.at(file, "", bytes.size(), size);
    }
    field("envelope offset", integer(24), ContainerFormat.ENVELOPE_OFFSET);
    long slot = integer(32);
    if (slot < ContainerFormat.MIN_SLOT
        || slot > ContainerFormat.MAX_SLOT
        || slot % ContainerFormat.SLOT_UNIT != 0) {
      throw wrong(
          "envelope slot",
          Long.toUnsignedString(slot),
          "a multiple of 4096 from %s to %s"
              .formatted(ContainerFormat.MIN_SLOT, ContainerFormat.MAX_SLOT));
    }
    here(ContainerFormat.ENVELOPE_OFFSET + slot);
    long length = integer(40);
    if (length < 1 || length > slot) {
      throw wrong("envelope length", Long.toUnsignedString(length), "1 to " + slot);
    }
  }

  private Kind kind() {
    int number = integer16(74);
    Optional<Kind> kind = Kind.ofNumber(number);
    return kind.orElseThrow(() -> wrong("kind", number, "1, 2 or 3"));
  }

  private void padding(long from, long to) {
    byte[] spaces = new byte[Math.toIntExact(to - from)];
    Arrays.fill(spaces, ContainerFormat.SLOT_PADDING);
    MemorySegment found = bytes.slice(from, to - from);
    long at = found.mismatch(MemorySegment.ofArray(spaces));
    if (at >= 0) {
      throw ImageError.SLOT_PADDING.at(
          file, "envelope slot", from + at, found.get(ValueLayout.JAVA_BYTE, at));
    }
  }

  private void compare(String name, long offset, byte[] expected) {
    if (offset + expected.length > bytes.available()) {
      return;
    }
    MemorySegment found = bytes.slice(offset, expected.length);
    long at = found.mismatch(MemorySegment.ofArray(expected));
    if (at >= 0) {
      throw ImageError.FRAMING_DIFFERS.at(
          file, name, offset + at, found.get(ValueLayout.JAVA_BYTE, at), expected[(int) at]);
    }
  }

  private void here(long size) {
    if (bytes.available() < size) {
      throw ImageError.TRUNCATED.at(file, "", bytes.available(), size);
    }
  }

  private void atLeast(long size) {
    if (bytes.size() < size) {
      throw ImageError.TRUNCATED.at(file, "", bytes.size(), size);
    }
  }

  private void field(String name, long found, long expected) {
    if (found != expected) {
      throw wrong(name, Long.toUnsignedString(found), expected);
    }
  }

  private RuntimeException wrong(String name, Object found, Object expected) {
    return ImageError.HEADER_FIELD.at(file, "header: " + name, found, expected);
  }

  private long integer(long at) {
    return bytes.slice(ContainerFormat.HEADER_OFFSET + at, Long.BYTES).get(LONG, 0);
  }

  private int integer32(long at) {
    return bytes.slice(ContainerFormat.HEADER_OFFSET + at, Integer.BYTES).get(INT, 0);
  }

  private int integer16(long at) {
    return Short.toUnsignedInt(
        bytes.slice(ContainerFormat.HEADER_OFFSET + at, Short.BYTES).get(SHORT, 0));
  }

  private byte[] slice(long offset, long length) {
    return bytes.slice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }
}
