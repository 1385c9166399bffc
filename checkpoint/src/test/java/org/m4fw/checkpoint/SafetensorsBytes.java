package org.m4fw.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;

/** Safetensors documents written by hand, right or wrong. */
final class SafetensorsBytes {
  private SafetensorsBytes() {}

  /** A document with this header and so many zero bytes of data. */
  static byte[] document(String header, int data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  /** A document that claims another header length than it has. */
  static byte[] withLength(long length, byte[] document) {
    byte[] bytes = document.clone();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    return bytes;
  }

  static SafetensorsReader.Content read(byte[] document) {
    return SafetensorsReader.read(Path.of("a.safetensors"), 0, MemorySegment.ofArray(document));
  }

  /** A tensor that has to be there. */
  static Tensor tensor(SafetensorsReader.Content content, String name) {
    return Objects.requireNonNull(content.tensors().get(name), name);
  }

  /** Checks that reading is refused with this entry for this item. */
  static Problem refused(ErrorCode code, String item, byte[] document) {
    Problem problem =
        assertThrows(ProblemException.class, () -> read(document), code.name()).problem();
    assertEquals(code, problem.code(), problem.text());
    assertEquals(item, problem.item(), problem.text());
    return problem;
  }
}
