package org.m4fw.quantizer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Symmetry;

/**
 * Repacks the canonical bytes of a quantized weight for a target, exactly, piece by piece. Sizes do
 * not change.
 */
final class Relayout {
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int PIECE = 1 << 20;

  /** Columns N of a piece to be transposed; its rows K are those of one block. */
  private static final int TRANSPOSED = 1 << 14;

  private final OrderedWork work;
  private final Canonical from;
  private final OutputFile to;
  private final Places places;

  /**
   * A weight in canonical bytes.
   *
   * @param file and {@code name} for messages
   */
  record Canonical(
      Path file,
      String name,
      Shape shape,
      Encoding encoding,
      MemorySegment data,
      MemorySegment scales) {}

  private Relayout(OrderedWork work, Canonical from, OutputFile to, Places places) {
    this.work = work;
    this.from = from;
    this.to = to;
    this.places = places;
  }

  /**
   * Writes the bytes in another layout.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link QuantizerError#LAYOUT_IMPOSSIBLE} or
   *     {@link QuantizerError#SCALE_NOT_POSITIVE}
   */
  static void write(OrderedWork work, Canonical from, Layout layout, OutputFile to, Places places) {
    check(from.file(), from.name(), from.shape(), from.encoding(), layout);
    Relayout relayout = new Relayout(work, from, to, places);
    switch (layout) {
      case CANONICAL -> {
        relayout.copy(from.data(), places.data(), 0);
        relayout.copy(from.scales(), places.scales(), 0);
      }
      case OFFSET_BINARY -> {
        relayout.copy(from.data(), places.data(), 0x80);
        relayout.copy(from.scales(), places.scales(), 0);
      }
      case TRANSPOSED_NIBBLES -> {
        relayout.transposeScales();
        relayout.transposeNibbles();
      }
    }
  }

  /** Refuses what has no such layout. */
  static void check(Path file, String name, Shape shape, Encoding encoding, Layout layout) {
    Optional<String> obstacle = obstacle(shape, encoding, layout);
    if (obstacle.isPresent()) {
      throw QuantizerError.LAYOUT_IMPOSSIBLE.at(file, name, encoding.id(), layout, obstacle.get());
    }
  }

  /** What stands against a layout; empty if nothing does. */
  static Optional<String> obstacle(Shape shape, Encoding encoding, Layout layout) {
    return switch (layout) {
      case CANONICAL -> Optional.empty();
      case OFFSET_BINARY ->
          encoding instanceof Encoding.Int8PerChannel
              ? Optional.empty()
              : Optional.of("only int8 has an offset");
      case TRANSPOSED_NIBBLES ->
          encoding instanceof Encoding.Int4Blocks int4
              ? untransposable(shape, int4)
              : Optional.of("only int4 has nibbles");
    };
  }

  private static Optional<String> untransposable(Shape shape, Encoding.Int4Blocks int4) {
    if (int4.symmetry() == Symmetry.ASYMMETRIC) {
      return Optional.of("there is no place for zero points");
    }
    if (shape.dim(1) % int4.block() != 0) {
      return Optional.of("the %s inputs are no multiple of the block".formatted(shape.dim(1)));
    }
    return shape.dim(0) % 2 == 0
        ? Optional.empty()
        : Optional.of("the number of outputs, %s, is odd".formatted(shape.dim(0)));
  }

  private void copy(MemorySegment bytes, long offset, int flip) {
    List<Long> pieces = new ArrayList<>();
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      pieces.add(at);
    }
    work.run(
        pieces,
        at -> {
          byte[] piece = bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).toArray(BYTE);
          for (int i = 0; i < piece.length; i++) {
            piece[i] ^= (byte) flip;
          }
          to.write(offset + at, ByteBuffer.wrap(piece));
          return at;
        },
        at -> {});
  }

  private int block() {
    return switch (from.encoding()) {
      case Encoding.Int4Blocks int4 -> int4.block();
      default -> throw new IllegalStateException("checked before");
    };
  }

  /** A block's worth of rows K, and some columns N. */
  private record Panel(long blockIndex, long firstColumn, int columns) {}

  private List<Panel> panels() {
    long outputs = from.shape().dim(0);
    long blocks = from.shape().dim(1) / block();
    List<Panel> panels = new ArrayList<>();
    for (long b = 0; b < blocks; b++) {
      for (long n = 0; n < outputs; n += TRANSPOSED) {
        panels.add(new Panel(b, n, (int) Math.min(TRANSPOSED, outputs - n)));
      }
    }
    return panels;
  }

  /** F16 [N, blocks] to [blocks, N]. */
  private void transposeScales() {
    long outputs = from.shape().dim(0);
    long blocks = from.shape().dim(1) / block();
    work.run(
        panels(),
        panel -> {
          ByteBuffer row = ByteBuffer.allocate(2 * panel.columns()).order(ByteOrder.LITTLE_ENDIAN);
          for (int i = 0; i < panel.columns(); i++) {
            long index = (panel.firstColumn() + i) * blocks + panel.blockIndex();
            short scale = from.scales().get(HALF, 2 * index);
            // Positive finite F16 numbers are those whose bits are from 1 to 0x7bff.
            if (scale <= 0 || scale >= 0x7c00) {
              throw QuantizerError.SCALE_NOT_POSITIVE.at(
                  from.file(), from.name(), index, Float.float16ToFloat(scale));
            }
            row.putShort(scale);
          }
          to.write(
              places.scales() + 2 * (panel.blockIndex() * outputs + panel.firstColumn()),
              row.flip());
          return panel;
        },
        panel -> {});
  }

  /** Nibbles q + 8 of [N, K] to two's complement nibbles of [K, N]. */
  private void transposeNibbles() {
    long outputs = from.shape().dim(0);
    int block = block();
    work.run(
        panels(),
        panel -> {
          int rowBytes = panel.columns() / 2;
          byte[] rows = new byte[block * rowBytes];
          transpose(panel, rows, rowBytes);
          for (int k = 0; k < block; k++) {
            long row = panel.blockIndex() * block + k;
            to.write(
                places.data() + (row * outputs + panel.firstColumn()) / 2,
                ByteBuffer.wrap(rows, k * rowBytes, rowBytes));
          }
          return panel;
        },
        panel -> {});
  }

  private void transpose(Panel panel, byte[] rows, int rowBytes) {
    int half = block() / 2;
    long stride = from.shape().dim(1) / 2;
    for (int pair = 0; pair < rowBytes; pair++) {
      long even = (panel.firstColumn() + 2L * pair) * stride + panel.blockIndex() * half;
      long odd = even + stride;
      for (int i = 0; i < half; i++) {
        int first = from.data().get(BYTE, even + i);
        int second = from.data().get(BYTE, odd + i);
        // q + 8 and the two's complement of q differ in the highest bit.
        rows[2 * i * rowBytes + pair] = (byte) (((first & 15) | (second << 4)) ^ 0x88);
        rows[(2 * i + 1) * rowBytes + pair] = (byte) (((first >> 4 & 15) | (second & 0xf0)) ^ 0x88);
      }
    }
  }
}
