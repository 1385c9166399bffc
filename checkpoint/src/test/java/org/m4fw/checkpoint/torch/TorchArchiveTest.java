package org.m4fw.checkpoint.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.checkpoint.torch.TorchBytes.archive;
import static org.m4fw.checkpoint.torch.TorchBytes.read;
import static org.m4fw.checkpoint.torch.TorchBytes.refused;
import static org.m4fw.checkpoint.torch.TorchBytes.weight;
import static org.m4fw.checkpoint.torch.TorchBytes.zip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

class TorchArchiveTest {
  private static final int CENTRAL = 0x02014b50;
  private static final byte[] GOOD = archive(weight().end(), 24);

  private static SequencedMap<String, byte[]> entries() {
    SequencedMap<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("m/data.pkl", weight().end());
    entries.put("m/data/0", new byte[24]);
    return entries;
  }

  private static byte[] with(String name, byte[] content) {
    SequencedMap<String, byte[]> entries = entries();
    entries.put(name, content);
    return zip(ZipEntry.STORED, entries);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Writes over the header of the entry with this number in the directory: sizes are at 20. */
  private static byte[] patched(int entry, int offset, long value, int bytes) {
    byte[] file = GOOD.clone();
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int at = -1;
    for (int i = 0; i <= entry; i++) {
      do {
        at++;
      } while (buffer.getInt(at) != CENTRAL);
    }
    for (int i = 0; i < bytes; i++) {
      file[at + offset + i] = (byte) (value >>> (8 * i));
    }
    return file;
  }

  @Test
  void tensorIsASliceOfTheFile() {
    StoredTensor tensor = Objects.requireNonNull(read(GOOD).get("weight"));
    assertEquals(24, tensor.byteSize());
    assertTrue(tensor.contiguous());
    // Behind the header and the name of its entry.
    int header = new String(GOOD, StandardCharsets.ISO_8859_1).indexOf("m/data/0");
    assertEquals(header + "m/data/0".length(), tensor.begin());
  }

  @Test
  void everyTruncationIsRejected() {
    for (int length = 4; length < GOOD.length; length++) {
      refused(TorchError.ZIP_END, Arrays.copyOf(GOOD, length));
    }
  }

  @Test
  void trailingBytesAreRejected() {
    refused(TorchError.ZIP_END, Arrays.copyOf(GOOD, GOOD.length + 1));
  }

  @Test
  void compressedEntriesAreRejected() {
    refused(TorchError.ZIP_ENTRY, zip(ZipEntry.DEFLATED, entries()));
  }

  @Test
  void encryptedEntryIsRejected() {
    refused(TorchError.ZIP_ENTRY, patched(2, 8, 1, 2));
  }

  @Test
  void entryThatIsLargerThanItsBytesIsRejected() {
    refused(TorchError.ZIP_ENTRY, patched(2, 24, 4096, 4));
  }

  @Test
  void entryThatIsThereTwiceIsRejected() {
    SequencedMap<String, byte[]> entries = entries();
    entries.put("m/data/1", new byte[24]);
    byte[] good = zip(ZipEntry.STORED, entries);
    String renamed = new String(good, StandardCharsets.ISO_8859_1).replace("m/data/1", "m/data/0");
    refused(TorchError.ZIP_DUPLICATE, renamed.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void nameThatDiffersInFrontOfTheDataIsRejected() {
    refused(TorchError.ZIP_NAME, patched(3, 46, 'n', 1));
  }

  @Test
  void entryThatReachesIntoTheDirectoryIsRejected() {
    refused(TorchError.ZIP_DAMAGED, patched(3, 20, (40L << 32) | 40, 8));
  }

  @Test
  void overlappingEntriesAreRejected() {
    refused(TorchError.ZIP_OVERLAP, patched(2, 20, (60L << 32) | 60, 8));
  }

  @Test
  void headerPastTheEndIsRejected() {
    refused(TorchError.ZIP_DAMAGED, patched(2, 42, 0x7fff_ffff, 4));
  }

  @Test
  void directoryLargerThanAnyModelNeedsIsRejected() {
    SequencedMap<String, byte[]> entries = entries();
    String name = "m/" + "x".repeat(60_000);
    for (int i = 0; i < TorchArchive.DIRECTORY_BUDGET / 60_000; i++) {
      entries.put(name + i, new byte[0]);
    }
    refused(TorchError.ZIP_DAMAGED, zip(ZipEntry.STORED, entries));
  }

  @Test
  void zipOfSomethingElseIsRejected() {
    SequencedMap<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("word/document.xml", ascii("<w/>"));
    refused(TorchError.NO_PICKLE, zip(ZipEntry.STORED, entries));
  }

  @Test
  void secondPickleIsRejected() {
    refused(TorchError.MANY_PICKLES, with("n/data.pkl", weight().end()));
  }

  @Test
  void zipInsideTheZipIsNotLookedInto() {
    SequencedMap<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("m/inner.zip", GOOD);
    refused(TorchError.NO_PICKLE, zip(ZipEntry.STORED, entries));
  }

  @Test
  void zipInThePlaceOfThePickleIsRejected() {
    SequencedMap<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("m/data.pkl", GOOD);
    refused(TorchError.OPCODE_REFUSED, zip(ZipEntry.STORED, entries));
  }

  @Test
  void torchScriptIsRejected() {
    refused(TorchError.TORCHSCRIPT, with("m/constants.pkl", weight().end()));
  }

  @Test
  void bigEndianIsRejected() {
    refused(TorchError.BIG_ENDIAN, with("m/byteorder", ascii("big")));
  }

  @Test
  void unknownByteOrderIsRejected() {
    refused(TorchError.BYTE_ORDER, with("m/byteorder", ascii("middle")));
  }

  @Test
  void missingStorageIsRejected() {
    refused(TorchError.STORAGE_MISSING, archive(weight().end()));
  }

  @Test
  void storageOfAnotherLengthIsRejected() {
    refused(TorchError.STORAGE_LENGTH, archive(weight().end(), 23));
    refused(TorchError.STORAGE_LENGTH, archive(weight().end(), 28));
  }
}
