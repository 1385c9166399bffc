package org.m4fw.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.image.Envelope;
import org.m4fw.image.Kind;
import org.m4fw.image.framing.ContainerLayout;
import org.m4fw.image.framing.Entry;
import org.m4fw.image.framing.Header;
import org.m4fw.image.framing.ZipRecords;
import org.m4fw.image.verity.FsVerity;
import org.m4fw.image.verity.TreeBuilder;
import org.m4fw.image.verity.TreeShape;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.trust.TrustRoot;

/**
 * Item 18: an image of more than 2 GiB, and with {@code ./check --exhaustive} of more than 4 GiB,
 * of which every byte counts (of one tool, only the first ones were signed: CVE-2026-34155). Its
 * section is zeros, so that the file has holes where it would have bytes, and a tree of three
 * levels.
 */
class LargeImageTest {
  private static final int SLOT = 16384;
  private static final long LENGTH = Exhaustive.ON ? (4L << 30) + 4097 : (2L << 30) + 4097;
  private static final int BATCH = 128 * 4096;

  @TempDir static Path directory;
  private static Path image = Path.of("");
  private static Path root = Path.of("");
  private static long data;
  private static long tree;

  @BeforeAll
  static void write() throws IOException {
    image = directory.resolve("large.m4img");
    try (SigningIdentity identity =
            SigningIdentity.create(directory.resolve("release"), Optional.empty());
        RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      root = directory.resolve("release/trust-root.json");
      ContainerLayout layout =
          ContainerLayout.of(
              14, SLOT, List.of(new ContainerLayout.Shape("zeros", "zeros", LENGTH)));
      data = layout.data(0).contentOffset();
      tree = layout.tree(0).contentOffset();
      file.setLength(layout.fileSize());
      Digest digest = writeTree(file);
      writeFrame(file, layout, digest, new Signer(identity));
    }
  }

  @AfterAll
  static void remove() throws IOException {
    Files.delete(image);
  }

  private static Digest writeTree(RandomAccessFile file) throws IOException {
    TreeShape shape = TreeShape.of(LENGTH);
    List<IOException> failures = new ArrayList<>();
    TreeBuilder builder =
        new TreeBuilder(
            shape,
            (offset, bytes) -> {
              try {
                file.seek(tree + offset);
                file.write(bytes);
              } catch (IOException e) {
                failures.add(e);
              }
            });
    byte[] hashes = FsVerity.blockHashes(new byte[BATCH], BATCH);
    long blocks = shape.dataBlocks();
    for (long at = 0; at < blocks; at += 128) {
      builder.append(Arrays.copyOf(hashes, 32 * (int) Math.min(128, blocks - at)));
    }
    assertEquals(List.of(), failures);
    return builder.finish();
  }

  private static int crcOf(RandomAccessFile file, long from, long length) throws IOException {
    CRC32 crc = new CRC32();
    byte[] piece = new byte[1 << 20];
    file.seek(from);
    for (long rest = length; rest > 0; ) {
      int count = file.read(piece, 0, (int) Math.min(piece.length, rest));
      crc.update(piece, 0, count);
      rest -= count;
    }
    return (int) crc.getValue();
  }

  private static void writeFrame(
      RandomAccessFile file, ContainerLayout layout, Digest digest, Signer signer)
      throws IOException {
    int crc = crcOf(file, data, LENGTH);
    int treeCrc = crcOf(file, tree, layout.tree(0).length());
    byte[] payload =
        CanonicalJson.bytes(CanonicalJson.node(manifest(layout, digest, crc, treeCrc)));
    Envelope envelope = signer.sign(Kind.IMAGE.payloadType(), payload);
    byte[] slot = Arrays.copyOf(envelope.bytes(), SLOT);
    Arrays.fill(slot, envelope.bytes().length, SLOT, (byte) ' ');
    byte[] header = Header.of(1, layout, envelope.bytes().length, Digest.of(payload)).encode();
    int[] checksums = {crcOf(header), crcOf(slot), treeCrc, crc};
    put(file, 64, header);
    put(file, 8192, slot);
    long central = layout.centralDirectoryOffset();
    for (int i = 0; i < checksums.length; i++) {
      Entry entry = layout.entries().get(i);
      put(file, entry.headerOffset(), ZipRecords.local(entry, checksums[i]));
      put(file, central, ZipRecords.central(entry, checksums[i]));
      central += ZipRecords.centralLength(entry);
    }
    put(
        file,
        central,
        ZipRecords.end(
            layout.centralDirectoryOffset(), layout.centralDirectoryLength(), checksums.length));
  }

  private static int crcOf(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(ByteBuffer.wrap(bytes));
    return (int) crc.getValue();
  }

  private static void put(RandomAccessFile file, long at, byte[] bytes) throws IOException {
    file.seek(at);
    file.write(bytes);
  }

  private static Map<String, Object> manifest(
      ContainerLayout layout, Digest digest, int crc, int treeCrc) {
    Map<String, Object> section = new TreeMap<>();
    section.put("crc32", Integer.toUnsignedLong(crc));
    section.put("fsv", digest.toString());
    section.put("id", "zeros");
    section.put("length", LENGTH);
    section.put("media", "application/octet-stream");
    section.put("module", "");
    section.put("name", "zeros");
    section.put("offset", data);
    section.put("role", "weights");
    section.put("targets", List.of());
    section.put("tree_crc32", Integer.toUnsignedLong(treeCrc));
    section.put("tree_length", layout.tree(0).length());
    section.put("tree_offset", tree);
    Map<String, Object> all = new TreeMap<>();
    all.put("build", 1);
    all.put("content", Map.of());
    all.put("development", false);
    all.put("kind", "image");
    all.put(
        "layout",
        Map.of(
            "central_directory_length",
            layout.centralDirectoryLength(),
            "central_directory_offset",
            layout.centralDirectoryOffset(),
            "envelope_offset",
            8192,
            "envelope_slot",
            SLOT,
            "file_size",
            layout.fileSize(),
            "first_section_offset",
            layout.firstSectionOffset(),
            "log2_align",
            14,
            "log2_verity",
            12,
            "major",
            1,
            "minor",
            0));
    all.put("product", "large");
    all.put(
        "required_signatures",
        TrustRoot.HYBRID.stream()
            .map(
                one ->
                    Map.of(
                        "algorithm", one.algorithmClass().text(),
                        "role", one.role(),
                        "threshold", one.threshold()))
            .toList());
    all.put("rollback", Map.of("domain", "m4", "index", 0));
    all.put("schema", "m4fw.manifest/1");
    all.put("sections", List.of(section));
    all.put("version", "1.0.0");
    return all;
  }

  @Test
  void everyByteOfALargeImageCounts() throws IOException {
    JavaVerdict java = JavaVerdict.against(root, directory);
    try (DeviceVerifier device = DeviceVerifier.start(directory, false);
        RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      device.trust(root, directory);
      assertEquals("OK 0", java.of(image));
      if (Exhaustive.ON) {
        assertEquals("OK 0", device.of(image));
      }
      long last = (LENGTH - 1) / 4096 * 4096;
      both(java, device, file, data + LENGTH - 1, "DATA_CORRUPT " + last);
      both(java, device, file, tree + 4096 + 9, "TREE_CORRUPT 4096");
      both(java, device, file, tree + 9, "ROOT_MISMATCH 0");
    }
  }

  private static void both(
      JavaVerdict java, DeviceVerifier device, RandomAccessFile file, long at, String expected)
      throws IOException {
    file.seek(at);
    int old = file.read();
    put(file, at, new byte[] {(byte) (old ^ 1)});
    assertEquals(expected, java.of(image));
    assertEquals(expected + " section zeros", device.of(image));
    put(file, at, new byte[] {(byte) old});
  }

  @Test
  void aCutLargeImageIsRefused() throws IOException {
    JavaVerdict java = JavaVerdict.against(root, directory);
    try (DeviceVerifier device = DeviceVerifier.start(directory, false);
        RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      device.trust(root, directory);
      long whole = file.length();
      byte[] end = new byte[1 << 20];
      file.seek(whole - end.length);
      file.readFully(end);
      for (long length : new long[] {Integer.MAX_VALUE, whole - 1, whole - end.length}) {
        file.setLength(length);
        assertEquals("TRUNCATED 0", java.of(image));
        assertEquals("TRUNCATED 0", device.of(image));
        put(file, whole - end.length, end);
        file.setLength(whole);
      }
    }
  }
}
