package org.m4fw.tests.hostile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.image.ImageError;
import tools.jackson.databind.JsonNode;

/** Items 1 to 17: header, places, ZIP records. */
final class HostileContainers {
  private static final int HEADER = GoodImage.HEADER;

  private final byte[] good;
  private final Forgery forgery;
  private final JsonNode manifest;
  private final int central;
  private final int end;
  private final List<HostileCase> cases = new ArrayList<>();

  private HostileContainers(GoodImage image) {
    this.good = image.bytes();
    this.forgery = new Forgery(image);
    this.manifest = forgery.manifest();
    this.central = (int) manifest.at("/layout/central_directory_offset").longValue();
    this.end = central + (int) manifest.at("/layout/central_directory_length").longValue();
  }

  static List<HostileCase> of(GoodImage image) {
    HostileContainers all = new HostileContainers(image);
    all.lengths();
    all.header();
    all.envelopePlace();
    all.sectionPlaces();
    all.padding();
    all.names();
    all.zipRecords();
    return all.cases;
  }

  private void add(int item, String what, byte[] image, ErrorCode expected) {
    cases.add(new HostileCase(item, what, image, expected));
  }

  private void lengths() {
    for (int length = 0; length < 4096; length++) {
      add(
          1,
          "cut to %s bytes".formatted(length),
          Arrays.copyOf(good, length),
          length < 72 ? ImageError.NOT_AN_IMAGE : ImageError.TRUNCATED);
    }
    for (int length = 4096; length < good.length; length += 4096) {
      byte[] cut = Arrays.copyOf(good, length);
      add(1, "cut to %s bytes".formatted(length), cut, ImageError.TRUNCATED);
    }
    byte[] lastByte = Arrays.copyOf(good, good.length - 1);
    add(1, "without its last byte", lastByte, ImageError.TRUNCATED);
    add(2, "a byte appended", Arrays.copyOf(good, good.length + 1), ImageError.TRAILING_BYTES);
    add(2, "appended to itself", concat(good, good), ImageError.TRAILING_BYTES);
    add(3, "a byte before it", concat(new byte[1], good), ImageError.NOT_AN_IMAGE);
    add(3, "4096 bytes before it", concat(new byte[4096], good), ImageError.NOT_AN_IMAGE);
    byte[] program = Arrays.copyOf("MZ".getBytes(StandardCharsets.US_ASCII), 512);
    add(3, "a program before it", concat(program, good), ImageError.NOT_AN_IMAGE);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private void header(int item, String what, ErrorCode expected, int at, long value) {
    add(item, what, forgery.header(header -> header.putLong(at, value)), expected);
  }

  private void header() {
    long size = good.length;
    header(4, "file size + 1", ImageError.TRUNCATED, 16, size + 1);
    header(4, "file size - 1", ImageError.TRAILING_BYTES, 16, size - 1);
    header(4, "file size 0", ImageError.TRAILING_BYTES, 16, 0);
    header(4, "file size 2^63", ImageError.HEADER_FIELD, 16, Long.MIN_VALUE);
    header(4, "file size 2^64 - 1", ImageError.HEADER_FIELD, 16, -1);
    add(
        4,
        "file size in the manifest + 1",
        forgery.manifest(m -> m.withObject("layout").put("file_size", size + 1)),
        ImageError.LAYOUT_FIELD);
    add(5, "header length 4031", forgery.header(h -> h.putInt(12, 4031)), ImageError.HEADER_FIELD);
    add(
        5,
        "major 2",
        forgery.header(h -> h.putShort(8, (short) 2)),
        ImageError.UNSUPPORTED_VERSION);
    add(
        5,
        "major 0",
        forgery.header(h -> h.putShort(8, (short) 0)),
        ImageError.UNSUPPORTED_VERSION);
    add(
        5,
        "minor 1",
        forgery.header(h -> h.putShort(10, (short) 1)),
        ImageError.UNSUPPORTED_VERSION);
    add(5, "reserved 1", forgery.header(h -> h.putInt(76, 1)), ImageError.FRAMING_DIFFERS);
    add(5, "alignment 15", forgery.header(h -> h.put(72, (byte) 15)), ImageError.FRAMING_DIFFERS);
    add(
        5,
        "Merkle block 13",
        forgery.header(h -> h.put(73, (byte) 13)),
        ImageError.FRAMING_DIFFERS);
    add(5, "kind 0", forgery.header(h -> h.putShort(74, (short) 0)), ImageError.HEADER_FIELD);
    add(5, "kind 4", forgery.header(h -> h.putShort(74, (short) 4)), ImageError.HEADER_FIELD);
    add(5, "kind 2", forgery.header(h -> h.putShort(74, (short) 2)), ImageError.ENVELOPE_FIELD);
    add(
        5,
        "another image id",
        forgery.header(h -> h.put(80, (byte) 0)),
        ImageError.FRAMING_DIFFERS);
    for (int at : new int[] {116, 2000, 4031}) {
      byte[] dirty = forgery.patched(HEADER + at, 1);
      add(5, "zero byte %s of the header is 1".formatted(at), dirty, ImageError.FRAMING_DIFFERS);
    }
    add(6, "checksum", forgery.flipped(HEADER + 112), ImageError.HEADER_CHECKSUM);
    add(
        6,
        "a field under an old checksum",
        forgery.flipped(HEADER + 50),
        ImageError.HEADER_CHECKSUM);
  }

  private void envelopePlace() {
    long length = ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong(HEADER + 40);
    header(7, "envelope length 0", ImageError.HEADER_FIELD, 40, 0);
    header(7, "envelope length beyond the slot", ImageError.HEADER_FIELD, 40, 16385);
    header(7, "envelope length 2^63", ImageError.HEADER_FIELD, 40, Long.MIN_VALUE);
    header(7, "envelope length - 1", ImageError.SLOT_PADDING, 40, length - 1);
    header(7, "envelope length + 1", ImageError.ENVELOPE_NOT_CANONICAL, 40, length + 1);
    header(7, "slot beyond the end", ImageError.TRUNCATED, 32, 4 << 20);
    header(7, "slot 0", ImageError.HEADER_FIELD, 32, 0);
    header(7, "slot of half blocks", ImageError.HEADER_FIELD, 32, 16384 + 2048);
    header(7, "slot 2^63", ImageError.HEADER_FIELD, 32, Long.MIN_VALUE);
    header(7, "slot of 5 blocks", ImageError.SLOT_PADDING, 32, 20480);
    header(7, "envelope elsewhere", ImageError.HEADER_FIELD, 24, 12288);
  }

  private void place(int item, String what, ErrorCode expected, int section, String key, long by) {
    byte[] forged = forgery.section(section, s -> s.put(key, s.get(key).longValue() + by));
    add(item, "%s %s %+d".formatted(what, key, by), forged, expected);
  }

  private void sectionPlaces() {
    long limit = 1L << 53;
    byte[] high = forgery.section(0, s -> s.put("offset", limit - 16384));
    add(8, "offset 2^53 - 16384", high, ImageError.SECTION_OUT_OF_BOUNDS);
    byte[] wrap = forgery.section(0, s -> s.put("offset", limit - 16384).put("length", limit - 1));
    add(8, "offset and length that wrap", wrap, ImageError.TREE_LENGTH);
    add(
        8,
        "offset -16384",
        forgery.section(0, s -> s.put("offset", -16384)),
        ImageError.MANIFEST_FIELD);
    for (String number :
        List.of("9223372036854775808", "18446744073709551615", "9007199254740992")) {
      String offset = "\"offset\":" + Forgery.section(manifest, 0).get("offset");
      byte[] beyond = forgery.replaced(offset, "\"offset\":" + number);
      add(8, "offset " + number, beyond, ImageError.MANIFEST_NOT_CANONICAL);
    }
    long first = Forgery.section(manifest, 0).get("offset").longValue();
    long tree = Forgery.section(manifest, 0).get("tree_offset").longValue();
    byte[] same = forgery.section(1, s -> s.put("offset", first));
    add(9, "two sections in one place", same, ImageError.SECTION_OVERLAP);
    byte[] inTree = forgery.section(1, s -> s.put("tree_offset", tree));
    add(9, "a tree in another tree", inTree, ImageError.SECTION_OVERLAP);
    byte[] over = forgery.section(3, s -> s.put("offset", roundUp(central) + 16384));
    add(9, "a section over the directory", over, ImageError.SECTION_OUT_OF_BOUNDS);
    byte[] early = forgery.section(0, s -> s.put("offset", 16384));
    add(9, "a section in the slot", early, ImageError.SECTION_OUT_OF_BOUNDS);
    place(10, "section", ImageError.SECTION_MISALIGNED, 0, "offset", 1);
    place(10, "section", ImageError.SECTION_MISALIGNED, 0, "offset", 4096);
    place(10, "tree", ImageError.SECTION_MISALIGNED, 0, "tree_offset", 64);
    place(10, "section", ImageError.SECTION_MISPLACED, 3, "tree_offset", 4096);
    byte[] first16 =
        forgery.manifest(m -> m.withObject("layout").put("first_section_offset", 16384));
    add(10, "first section elsewhere", first16, ImageError.LAYOUT_FIELD);
    byte[] moved = forgery.manifest(m -> m.withObject("layout").put("central_directory_length", 1));
    add(10, "directory of another length", moved, ImageError.LAYOUT_FIELD);
  }

  private static long roundUp(long offset) {
    return (offset + 16383) / 16384 * 16384;
  }

  private void padding() {
    add(11, "a zero of a header's padding", forgery.patched(6000, 1), ImageError.FRAMING_DIFFERS);
    long tree = Forgery.section(manifest, 1).get("offset").longValue();
    add(11, "the zero before a section", forgery.patched(tree - 1, 1), ImageError.FRAMING_DIFFERS);
    long slotEnd = (long) GoodImage.ENVELOPE + forgery.slot();
    add(11, "a zero in the slot", forgery.patched(slotEnd - 1, 0), ImageError.SLOT_PADDING);
    add(11, "a tab in the slot", forgery.patched(slotEnd - 9, '\t'), ImageError.SLOT_PADDING);
  }

  private void names() {
    byte[] twice = forgery.section(1, s -> s.put("id", "tall"));
    add(12, "the same id twice", twice, ImageError.DUPLICATE_SECTION);
    for (String name :
        List.of(
            "",
            "..",
            "a/../b",
            "/etc/passwd",
            "a//b",
            "a/",
            "a\\b",
            "A",
            "Block.bin",
            "\u00e9",
            "e\u0301",
            "a\u0000",
            "con",
            "a/nul.txt",
            "com1",
            "lpt9.x",
            "a.",
            "a..b",
            ".hidden",
            "-o",
            "a b",
            "a:b",
            "x".repeat(200))) {
      byte[] forged = forgery.section(1, s -> s.put("name", name));
      add(12, "name '%s'".formatted(name), forged, ImageError.MANIFEST_FIELD);
    }
    for (String id : List.of("", "Tall", "aux", "a/b", "..", "t\u00e4ll", "a.", "x".repeat(65))) {
      byte[] forged = forgery.section(1, s -> s.put("id", id));
      add(12, "id '%s'".formatted(id), forged, ImageError.MANIFEST_FIELD);
    }
  }

  private void zip(int item, String what, long at, int... bytes) {
    add(item, what, forgery.patched(at, bytes), ImageError.FRAMING_DIFFERS);
  }

  /** The local header at 4096 is the envelope's; its central record comes second. */
  private void zipRecords() {
    int local = 4096;
    int second = central + 46 + 10 + 28;
    for (int start : new int[] {local, second}) {
      boolean inDirectory = start == second;
      String where = inDirectory ? "in the directory" : "in the local header";
      int shift = inDirectory ? 2 : 0;
      int name = start + (inDirectory ? 46 : 30);
      zip(13, "another name " + where, name, 'X');
      zip(13, "another name length " + where, start + 26 + shift, 21);
      zip(13, "another size " + where, name + 22 + 4, 1);
      zip(13, "another CRC " + where, start + 14 + shift, good[start + 14 + shift] ^ 1);
      zip(14, "a 32-bit size " + where, start + 18 + shift, 0);
      zip(15, "method 8 " + where, start + 8 + shift, 8);
      zip(15, "encrypted " + where, start + 6 + shift, 1);
      zip(15, "data descriptor " + where, start + 6 + shift, 8);
      zip(15, "version 20 " + where, start + 4 + shift, 20);
      zip(17, "extra length 65535 " + where, start + 28 + shift, 0xff, 0xff);
      zip(17, "extra length 0 " + where, start + 28 + shift, 0, 0);
      zip(17, "a field of length 0 " + where, name + 22 + 2, 0);
      zip(17, "another field " + where, name + 22, 0x75, 0x70);
    }
    zip(15, "two entries in one place", second + 46 + 22 + 4 + 16, 0, 0);
    zip(16, "a symbolic link", second + 38, 0, 0, 0xff, 0xa1);
    zip(16, "made on Unix", second + 5, 3);
    zip(16, "a comment", second + 32, 1);
    zip(14, "ZIP64 end of another length", end + 4, 45);
    zip(14, "another number of entries", end + 24, 9);
    zip(14, "locator to elsewhere", end + 56 + 8, 0);
    zip(14, "two disks", end + 56 + 16, 2);
    zip(14, "a 16-bit number of entries", end + 76 + 10, 10, 0);
    zip(14, "a 32-bit offset", end + 76 + 16, 0, 0, 0, 0);
    zip(14, "the length of a comment", end + 76 + 20, 22);
    byte[] last = Arrays.copyOfRange(good, good.length - 22, good.length);
    add(14, "a second end", concat(good, last), ImageError.TRAILING_BYTES);
    byte[] comment = concat(forgery.patched(end + 76 + 20, 22), last);
    add(14, "an end in a comment", comment, ImageError.TRAILING_BYTES);
  }
}
