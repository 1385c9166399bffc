package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.checkpoint.SafetensorsHeader.Entry;

/**
 * Reads safetensors files: a little-endian u64 header length, a JSON header ({@link
 * SafetensorsHeader}), then the tensors' bytes. Nothing is visible before all is checked: the
 * offsets must tile the data without holes or overlap, and each range must be as long as its shape
 * and dtype say. Numbers inside the tensors are not looked at.
 *
 * <p>The format promises no alignment; {@link Tensor#data} has to be read with unaligned layouts.
 *
 * @see <a href="https://github.com/huggingface/safetensors">the format and its rules</a>
 */
public final class SafetensorsReader {
  /** The limit that the format's own reader sets. */
  static final long MAX_HEADER = 100_000_000;

  private static final int PREFIX = Long.BYTES;
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private SafetensorsReader() {}

  /**
   * What a file holds.
   *
   * @param metadata the strings under {@code __metadata__}
   * @param tensors by name; valid while the mapped file is open
   */
  public record Content(SortedMap<String, String> metadata, SortedMap<String, Tensor> tensors) {}

  /**
   * Checks the whole file and gives its tensors.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link SafetensorsError}
   */
  public static Content read(MappedFile file) {
    return read(file.path(), 0, file.segment());
  }

  /**
   * As {@link #read(MappedFile)} for a safetensors document that lies inside a larger file.
   *
   * @param offset where the document starts in the file, for {@link Tensor#extent}
   */
  public static Content read(Path file, long offset, MemorySegment document) {
    if (document.byteSize() < PREFIX + 2) {
      throw SafetensorsError.TOO_SHORT.at(file, "", document.byteSize());
    }
    long length = document.get(U64, 0);
    if (length < 2 || length > MAX_HEADER) {
      throw SafetensorsError.HEADER_LENGTH.at(file, "", Long.toUnsignedString(length), MAX_HEADER);
    }
    if (length > document.byteSize() - PREFIX) {
      throw SafetensorsError.HEADER_PAST_END.at(file, "", length, document.byteSize() - PREFIX);
    }
    byte first = document.get(ValueLayout.JAVA_BYTE, PREFIX);
    if (first != '{') {
      throw SafetensorsError.HEADER_START.at(file, "", first & 0xff);
    }
    SafetensorsHeader header = SafetensorsHeader.parse(file, document.asSlice(PREFIX, length));
    MemorySegment data = document.asSlice(PREFIX + length);
    SortedMap<String, Tensor> tensors =
        tensors(file, offset + PREFIX + length, data, header.entries());
    return new Content(
        Collections.unmodifiableSortedMap(header.metadata()),
        Collections.unmodifiableSortedMap(tensors));
  }

  private static SortedMap<String, Tensor> tensors(
      Path file, long dataOffset, MemorySegment data, List<Entry> entries) {
    List<Entry> inOrder =
        entries.stream()
            .sorted(
                Comparator.comparingLong(Entry::begin)
                    .thenComparingLong(Entry::end)
                    .thenComparing(Entry::name))
            .toList();
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    long at = 0;
    for (Entry entry : inOrder) {
      Shape shape = checked(file, entry);
      if (entry.begin() > at) {
        throw SafetensorsError.HOLE.at(file, entry.name(), entry.begin(), entry.begin() - at);
      }
      if (entry.begin() < at) {
        throw SafetensorsError.OVERLAP.at(file, entry.name(), entry.begin(), at);
      }
      at = entry.end();
      if (at <= data.byteSize()) {
        long size = entry.end() - entry.begin();
        Extent extent = new Extent(file, dataOffset + entry.begin(), size);
        tensors.put(
            entry.name(),
            new Tensor(
                entry.name(), entry.dtype(), shape, extent, data.asSlice(entry.begin(), size)));
      }
    }
    if (at > data.byteSize()) {
      throw SafetensorsError.DATA_MISSING.at(file, "", at, data.byteSize());
    }
    if (at < data.byteSize()) {
      throw SafetensorsError.DATA_TRAILING.at(file, "", at, data.byteSize());
    }
    return tensors;
  }

  /** The shape, if the range is as long as it demands. */
  private static Shape checked(Path file, Entry entry) {
    if (entry.end() < entry.begin()) {
      throw SafetensorsError.REVERSED_OFFSETS.at(file, entry.name(), entry.begin(), entry.end());
    }
    Shape shape;
    long bytes;
    try {
      shape = new Shape(entry.dims());
      bytes = Math.multiplyExact(shape.count(), entry.dtype().bytes());
    } catch (ArithmeticException e) {
      throw SafetensorsError.SHAPE_OVERFLOW.at(file, entry.name(), entry.dims(), entry.dtype());
    }
    if (bytes != entry.end() - entry.begin()) {
      throw SafetensorsError.WRONG_LENGTH.at(
          file,
          entry.name(),
          entry.begin(),
          entry.end(),
          entry.end() - entry.begin(),
          shape,
          entry.dtype(),
          bytes);
    }
    return shape;
  }
}
