package org.m4fw.image.framing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.m4fw.base.digest.Digest;

/**
 * The fixed header, by which a reader finds the envelope without parsing ZIP. Little-endian:
 *
 * <pre>
 *   0  8   magic 89 46 4D 57 0D 0A 1A 0A
 *   8  u16 major = 1             10  u16 minor = 0
 *  12  u32 header length = 4032
 *  16  u64 file size
 *  24  u64 envelope offset = 8192
 *  32  u64 envelope slot         40  u64 envelope length
 *  48  u64 first section offset
 *  56  u64 central directory offset
 *  64  u64 central directory length
 *  72  u8  log2 of the alignment 73  u8  log2 of the Merkle block = 12
 *  74  u16 kind
 *  76  u32 0
 *  80  32  image id: SHA-256 of the DSSE payload
 * 112  u32 CRC-32C of bytes 0 to 111
 * 116      zero bytes up to 4032
 * </pre>
 *
 * <p>Nothing here is signed; each field has to equal what the signed manifest says.
 *
 * @param kind the number of the kind
 */
public record Header(
    int kind,
    long fileSize,
    long envelopeSlot,
    long envelopeLength,
    long firstSectionOffset,
    long centralDirectoryOffset,
    long centralDirectoryLength,
    int log2Align,
    Digest imageId) {
  /** "FMW" in the manner of PNG: seen to be binary, and broken by any text conversion. */
  public static final long MAGIC = 0x0A1A0A0D574D4689L;

  /** How many bytes the checksum covers; it follows them. */
  public static final int CHECKED = 112;

  /** Where the envelope length is. */
  public static final int ENVELOPE_LENGTH_AT = 40;

  public static Header of(int kind, ContainerLayout layout, long envelopeLength, Digest imageId) {
    return new Header(
        kind,
        layout.fileSize(),
        layout.envelopeSlot(),
        envelopeLength,
        layout.firstSectionOffset(),
        layout.centralDirectoryOffset(),
        layout.centralDirectoryLength(),
        layout.log2Align(),
        imageId);
  }

  public byte[] encode() {
    byte[] bytes = new byte[ContainerFormat.HEADER_LENGTH];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC);
    out.putShort((short) ContainerFormat.MAJOR).putShort((short) ContainerFormat.MINOR);
    out.putInt(ContainerFormat.HEADER_LENGTH).putLong(fileSize);
    out.putLong(ContainerFormat.ENVELOPE_OFFSET).putLong(envelopeSlot).putLong(envelopeLength);
    out.putLong(firstSectionOffset);
    out.putLong(centralDirectoryOffset).putLong(centralDirectoryLength);
    out.put((byte) log2Align).put((byte) ContainerFormat.LOG2_VERITY).putShort((short) kind);
    out.putInt(0).put(imageId.bytes());
    out.putInt(checksum(bytes));
    return bytes;
  }

  /** CRC-32C of the first {@link #CHECKED} bytes. */
  public static int checksum(byte[] header) {
    CRC32C crc = new CRC32C();
    crc.update(header, 0, CHECKED);
    return (int) crc.getValue();
  }
}
