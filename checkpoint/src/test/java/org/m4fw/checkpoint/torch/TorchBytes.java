package org.m4fw.checkpoint.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;

/** PyTorch files written by hand, right or wrong. */
final class TorchBytes {
  private TorchBytes() {}

  /** {@code {"weight": F32 [2, 3]}}. */
  static Pickle weight() {
    return Pickle.begin().op('}').text("weight").matrix("0", 2, 3).op('s');
  }

  /** A container with this pickle and storages of zero bytes, numbered from 0. */
  static byte[] archive(byte[] pickle, int... storages) {
    SequencedMap<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("m/data.pkl", pickle);
    entries.put("m/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < storages.length; i++) {
      entries.put("m/data/" + i, new byte[storages[i]]);
    }
    entries.put("m/version", "3\n".getBytes(StandardCharsets.US_ASCII));
    return zip(ZipEntry.STORED, entries);
  }

  static byte[] zip(int method, SequencedMap<String, byte[]> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        header.setMethod(method);
        if (method == ZipEntry.STORED) {
          CRC32 crc = new CRC32();
          crc.update(entry.getValue());
          header.setCrc(crc.getValue());
          header.setSize(entry.getValue().length);
        }
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The older form with this pickle, these keys, and the bytes after them. */
  static byte[] legacy(byte[] object, byte[] keys, byte[] storages) {
    Pickle magic = Pickle.begin().op(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(magic.op(0x50, 0x19).end());
    bytes.writeBytes(Pickle.begin().whole(1001).end());
    bytes.writeBytes(Pickle.begin().op('}').text("little_endian").op(0x88, 's').end());
    bytes.writeBytes(object);
    bytes.writeBytes(keys);
    bytes.writeBytes(storages);
    return bytes.toByteArray();
  }

  static SortedMap<String, StoredTensor> read(byte[] file) {
    return TorchFile.read(Path.of("a.bin"), MemorySegment.ofArray(file));
  }

  /** Checks that reading is refused with this entry. */
  static Problem refused(ErrorCode code, byte[] file) {
    Problem problem = assertThrows(ProblemException.class, () -> read(file), code.name()).problem();
    assertEquals(code, problem.code(), problem.text());
    assertEquals("a.bin", problem.file(), problem.text());
    return problem;
  }
}
