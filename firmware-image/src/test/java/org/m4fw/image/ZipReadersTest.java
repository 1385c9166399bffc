package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers that know nothing of the format see an ordinary archive. */
class ZipReadersTest {
  private static final List<String> NAMES =
      List.of(
          "FMW-HEADER",
          "META-INF/envelope.json",
          "verity/weights.tree",
          "sec/weights/model.onnx.data",
          "verity/empty.tree",
          "sec/empty/nothing.bin",
          "verity/tokenizer.tree",
          "sec/tokenizer/tokenizer.json");

  @TempDir static Path directory;
  private static Path path = Path.of("");

  @BeforeAll
  static void write() {
    path = directory.resolve("a.m4img");
    Samples.write(path);
  }

  @Test
  void commonsCompressReadsIt() throws IOException {
    try (var zip = org.apache.commons.compress.archivers.zip.ZipFile.builder().setPath(path).get();
        ImageFile image = ImageFile.open(path)) {
      List<ZipArchiveEntry> entries = Collections.list(zip.getEntriesInPhysicalOrder());
      assertEquals(NAMES, entries.stream().map(ZipArchiveEntry::getName).toList());
      ZipArchiveEntry weights = zip.getEntry("sec/weights/model.onnx.data");
      assertEquals(image.section("weights").offset(), weights.getDataOffset());
      assertArrayEquals(Samples.random(10_000, 1), bytes(zip.getInputStream(weights)));
      for (ZipArchiveEntry entry : entries) {
        assertEquals(entry.getSize(), bytes(zip.getInputStream(entry)).length);
      }
    }
  }

  @Test
  void javaReadsItByItsDirectory() throws IOException {
    try (var zip = new java.util.zip.ZipFile(path.toFile())) {
      assertEquals(NAMES, zip.stream().map(ZipEntry::getName).toList());
      for (ZipEntry entry : Collections.list(zip.entries())) {
        assertEquals(entry.getSize(), bytes(zip.getInputStream(entry)).length);
      }
    }
  }

  /** This reader checks the CRCs. */
  @Test
  void javaReadsItAsAStream() throws IOException {
    List<String> names = new ArrayList<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(path))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        names.add(entry.getName());
        zip.readAllBytes();
      }
    }
    assertEquals(NAMES, names);
  }

  private static byte[] bytes(InputStream stream) throws IOException {
    try (stream) {
      return stream.readAllBytes();
    }
  }
}
