package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.packed.PackedMatrix;
import org.m4fw.checkpoint.packed.PackedMatrix.Blocks;

/**
 * Matrices that come quantized, brought into the form that m4fw's own quantized checkpoints have,
 * in a scratch file that is gone when this is closed: four-bit blocks exactly, number by number the
 * same; all else as F32, which whoever wants fewer bits quantizes anew. Rows are converted on all
 * cores, some at a time.
 */
final class UnpackedCopies implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  /** Bytes of a piece of rows. */
  private static final int PIECE = 1 << 20;

  private final OutputFile file;
  private final SortedMap<String, TensorInfo> declared = new TreeMap<>();
  private final SortedMap<String, Long> places = new TreeMap<>();
  private final List<MappedFile> mapped = new ArrayList<>();
  private long end;

  UnpackedCopies() {
    this.file = OutputFile.scratch("unpacked");
  }

  /** Converts a matrix to numbers. */
  void values(String name, PackedMatrix matrix) {
    int columns = matrix.columns();
    long at = declare(name, DType.F32, Shape.of(matrix.rows(), columns));
    pieces(
        matrix,
        4L * columns,
        (first, count) -> {
          float[] values = new float[Math.toIntExact((long) count * columns)];
          float[] row = new float[columns];
          for (int i = 0; i < count; i++) {
            matrix.values(first + i, row);
            System.arraycopy(row, 0, values, i * columns, columns);
          }
          return new Piece(
              List.of(at + 4L * first * columns), List.of(MemorySegment.ofArray(values)));
        });
  }

  /** Keeps elements that are decoded already: few. */
  void bytes(TensorInfo tensor, byte[] content) {
    file.write(declare(tensor.name(), tensor.dtype(), tensor.shape()), ByteBuffer.wrap(content));
  }

  /** Repacks a matrix into blocks: {@code name}, {@code name.scales}, {@code name.zero_points}. */
  void blocks(String name, PackedMatrix matrix, Blocks blocks) {
    int columns = matrix.columns();
    int perRow = columns / blocks.size();
    int zeroBytes = blocks.symmetric() ? 0 : Math.ceilDiv(perRow, 2);
    long rows = matrix.rows();
    long data = declare(name, DType.U8, Shape.of(rows, perRow, blocks.size() / 2));
    long scales = declare(name + ".scales", DType.F16, Shape.of(rows, perRow));
    long zeros =
        blocks.symmetric()
            ? 0
            : declare(name + ".zero_points", DType.U8, Shape.of(rows, zeroBytes));
    pieces(
        matrix,
        columns,
        (first, count) -> {
          byte[] nibbles = new byte[Math.toIntExact((long) count * columns / 2)];
          short[] halves = new short[count * perRow];
          byte[] points = new byte[count * zeroBytes];
          byte[] codes = new byte[columns];
          short[] rowScales = new short[perRow];
          byte[] rowZeros = new byte[perRow];
          for (int i = 0; i < count; i++) {
            matrix.codes(first + i, codes, rowScales, rowZeros);
            pair(codes, nibbles, i * (columns / 2), columns / 2);
            System.arraycopy(rowScales, 0, halves, i * perRow, perRow);
            pair(rowZeros, points, i * zeroBytes, zeroBytes);
          }
          return new Piece(
              List.of(
                  data + first * (columns / 2),
                  scales + 2L * first * perRow,
                  zeros + first * zeroBytes),
              List.of(
                  MemorySegment.ofArray(nibbles),
                  MemorySegment.ofArray(halves),
                  MemorySegment.ofArray(points)));
        });
  }

  /** Two to a byte, the first in the low half; an odd last one has 8 beside it. */
  private static void pair(byte[] codes, byte[] into, int at, int bytes) {
    for (int i = 0; i < bytes; i++) {
      int high = 2 * i + 1 < codes.length ? codes[2 * i + 1] : 8;
      into[at + i] = (byte) (codes[2 * i] | high << 4);
    }
  }

  /** Bytes on their way to their places. */
  private record Piece(List<Long> places, List<MemorySegment> bytes) {}

  private interface Conversion {
    Piece convert(long first, int count);
  }

  private record Rows(long first, int count) {}

  private void pieces(PackedMatrix matrix, long rowBytes, Conversion conversion) {
    if (rowBytes == 0) {
      return;
    }
    int each = (int) Math.max(1, PIECE / rowBytes);
    List<Rows> all = new ArrayList<>();
    for (long first = 0; first < matrix.rows(); first += each) {
      all.add(new Rows(first, (int) Math.min(each, matrix.rows() - first)));
    }
    OrderedWork.onAllCores()
        .run(all, rows -> conversion.convert(rows.first(), rows.count()), this::write);
  }

  private void write(Piece piece) {
    for (int i = 0; i < piece.bytes().size(); i++) {
      MemorySegment bytes = piece.bytes().get(i);
      file.write(piece.places().get(i), ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE)));
    }
  }

  private long declare(String name, DType dtype, Shape shape) {
    TensorInfo tensor = new TensorInfo(name, dtype, shape);
    long at = Math.ceilDiv(end, (long) ALIGNMENT) * ALIGNMENT;
    declared.put(name, tensor);
    places.put(name, at);
    end = at + tensor.byteSize();
    return at;
  }

  /** All that was converted; valid until this is closed. */
  SortedMap<String, Tensor> tensors() {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    if (declared.isEmpty()) {
      return tensors;
    }
    MappedFile read = MappedFile.open(file.temporaryPath());
    mapped.add(read);
    declared.forEach(
        (name, tensor) -> {
          long at = places.getOrDefault(name, 0L);
          Extent extent = new Extent(file.temporaryPath(), at, tensor.byteSize());
          MemorySegment data = read.segment().asSlice(at, tensor.byteSize());
          tensors.put(name, new Tensor(name, tensor.dtype(), tensor.shape(), extent, data));
        });
    return tensors;
  }

  @Override
  public void close() {
    mapped.forEach(MappedFile::close);
    file.close();
  }
}
