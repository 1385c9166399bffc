package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.CanonicalJson;

/**
 * Writes a safetensors file as a stream: all tensors are declared first, then their bytes are
 * appended in the order of the declaration, in pieces of any size. The header is canonical JSON,
 * padded with spaces so that the data starts at a multiple of 8. The same declaration and bytes
 * give the same file.
 */
public final class SafetensorsWriter implements TensorWriter {
  private static final int ALIGNMENT = 8;

  private final OutputFile file;
  private final Iterator<TensorInfo> rest;
  private @Nullable TensorInfo current;
  private long missing;

  private SafetensorsWriter(OutputFile file, Iterator<TensorInfo> rest) {
    this.file = file;
    this.rest = rest;
    advance();
  }

  /**
   * Writes the header.
   *
   * @param file receives the document at its current position; the caller commits it
   * @param tensors in the order in which their bytes will come
   * @throws IllegalArgumentException if two tensors have the same name
   */
  public static SafetensorsWriter begin(
      OutputFile file, List<TensorInfo> tensors, Map<String, String> metadata) {
    file.append(header(tensors, metadata));
    return new SafetensorsWriter(file, List.copyOf(tensors).iterator());
  }

  /** As {@link #begin(OutputFile, List, Map)} without metadata. */
  public static SafetensorsWriter begin(OutputFile file, List<TensorInfo> tensors) {
    return begin(file, tensors, Map.of());
  }

  /** The length prefix and the header, ready to be followed by the tensors' bytes. */
  public static byte[] header(List<TensorInfo> tensors, Map<String, String> metadata) {
    SortedMap<String, Object> document = new TreeMap<>();
    Set<String> names = new HashSet<>();
    if (!metadata.isEmpty()) {
      document.put("__metadata__", metadata);
    }
    long at = 0;
    for (TensorInfo tensor : tensors) {
      if (!names.add(tensor.name()) || tensor.name().equals("__metadata__")) {
        throw new IllegalArgumentException("not a name of its own: " + tensor.name());
      }
      long end = Math.addExact(at, tensor.byteSize());
      document.put(
          tensor.name(),
          Map.of(
              "dtype", tensor.dtype().name(),
              "shape", tensor.shape().dims(),
              "data_offsets", List.of(at, end)));
      at = end;
    }
    byte[] json = CanonicalJson.bytes(CanonicalJson.node(document));
    int padded = Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT;
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded);
    bytes.put(json).put(" ".repeat(padded - json.length).getBytes(StandardCharsets.US_ASCII));
    return bytes.array();
  }

  /**
   * Appends bytes to the current tensor.
   *
   * @param piece little-endian elements, as all supported machines hold them; a segment over a
   *     {@code float[]} will do
   * @throws IllegalStateException if the current tensor has no room for them
   */
  @Override
  public void append(MemorySegment piece) {
    if (piece.byteSize() > missing) {
      throw new IllegalStateException(
          "%s bytes for %s, which lacks %s".formatted(piece.byteSize(), current, missing));
    }
    file.append(piece);
    missing -= piece.byteSize();
    advance();
  }

  @Override
  public void appendHole() {
    file.appendHole(missing);
    missing = 0;
    advance();
  }

  /** Appends a whole tensor, which must be the next one declared that has elements. */
  public void append(String name, MemorySegment bytes) {
    if (bytes.byteSize() == 0) {
      return;
    }
    TensorInfo next = current;
    if (next == null || !next.name().equals(name) || bytes.byteSize() != next.byteSize()) {
      throw new IllegalStateException(
          "%s bytes of %s come where %s is due".formatted(bytes.byteSize(), name, next));
    }
    append(bytes);
  }

  /** Appends a whole F32 tensor, which must be the next one declared. */
  public void append(String name, float[] values) {
    append(name, MemorySegment.ofArray(values));
  }

  /**
   * Ends the document; does not commit the file.
   *
   * @throws IllegalStateException if bytes are missing
   */
  @Override
  public void finish() {
    TensorInfo next = current;
    if (next != null) {
      throw new IllegalStateException("%s lacks %s bytes".formatted(next, missing));
    }
  }

  /** Goes to the next tensor that has bytes still to come; those without elements need none. */
  private void advance() {
    while (missing == 0) {
      if (!rest.hasNext()) {
        current = null;
        return;
      }
      current = rest.next();
      missing = current.byteSize();
    }
  }
}
