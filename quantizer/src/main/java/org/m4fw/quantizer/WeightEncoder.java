package org.m4fw.quantizer;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.kernel.Quality;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.RowEncoder.Outcome;
import org.m4fw.quantizer.kernel.Rows;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.m4fw.quantizer.kernel.ScaledColumns;
import org.m4fw.quantizer.report.WeightReport;

/**
 * Brings weights into the canonical bytes of an encoding, piece by piece on all cores, from the
 * mapped checkpoint to a file. A piece is a number of rows that depends on the shape alone, so that
 * neither the bytes nor the figures of the report depend on the number of threads.
 */
public final class WeightEncoder {
  /** Bytes that are copied at a time. */
  private static final int PIECE = 1 << 18;

  /** The longest row that fits into a piece's buffers. */
  private static final int MAX_COLUMNS = 1 << 24;

  private final OrderedWork work;
  private final Rounding rounding;

  public WeightEncoder(OrderedWork work, ScaleChoice choice) {
    this(work, new RoundToNearest(choice));
  }

  private WeightEncoder(OrderedWork work, Rounding rounding) {
    this.work = work;
    this.rounding = rounding;
  }

  /** With search, on all cores. */
  public static WeightEncoder create() {
    return new WeightEncoder(OrderedWork.onAllCores(), ScaleChoice.SEARCH);
  }

  /** The same with another rounding. */
  WeightEncoder with(Rounding other) {
    return new WeightEncoder(work, other);
  }

  OrderedWork work() {
    return work;
  }

  /** What the bytes depend on besides weight and encoding. */
  String method() {
    return rounding.key();
  }

  /**
   * Writes the canonical bytes of a weight. A weight that has the encoding already is copied.
   *
   * @param file receives the bytes at absolute offsets; its position is not moved
   * @param places where its parts go
   * @throws org.m4fw.base.problem.ProblemException with a {@link QuantizerError}
   */
  public WeightReport encode(Weight weight, Encoding encoding, OutputFile file, Places places) {
    return switch (weight.source()) {
      case Weight.Source.Quantized quantized -> copy(weight, quantized, encoding, file, places);
      case Weight.Source.Stored(Tensor tensor)
          when encoding instanceof Encoding.Plain(DType dtype)
              && dtype == tensor.dtype()
              && !Weights.isToBeScaled(weight) -> {
        copy(tensor.data(), file, places.data());
        yield report(weight, encoding, Optional.of(Quality.exact(0)));
      }
      case Weight.Source.Stored(Tensor tensor) -> {
        checkShape(weight, tensor, encoding);
        yield report(weight, encoding, Optional.of(encode(weight, tensor, encoding, file, places)));
      }
    };
  }

  private WeightReport copy(
      Weight weight,
      Weight.Source.Quantized source,
      Encoding encoding,
      OutputFile file,
      Places places) {
    requireSame(weight, source, encoding);
    copy(source.data().data(), file, places.data());
    copy(source.scales().data(), file, places.scales());
    source.zeroPoints().ifPresent(zeros -> copy(zeros.data(), file, places.zeroPoints()));
    return report(weight, encoding, Optional.empty());
  }

  static void requireSame(Weight weight, Weight.Source.Quantized source, Encoding encoding) {
    if (!source.encoding().equals(encoding)) {
      throw QuantizerError.QUANTIZED_ALREADY.at(
          source.data().extent().file(), weight.name(), source.encoding().id(), encoding.id());
    }
  }

  private static void checkShape(Weight weight, Tensor tensor, Encoding encoding) {
    Path file = tensor.extent().file();
    switch (tensor.dtype()) {
      case F32, F16, BF16 -> {}
      default -> throw QuantizerError.NOT_FLOATING_POINT.at(file, weight.name(), tensor.dtype());
    }
    Shape shape = tensor.shape();
    boolean fits =
        switch (encoding) {
          case Encoding.Plain plain -> true;
          case Encoding.Int8PerChannel int8 -> shape.rank() >= 2 && shape.count() > 0;
          case Encoding.Int4Blocks int4 -> shape.rank() == 2 && shape.count() > 0;
        };
    if (!fits) {
      throw QuantizerError.NOT_A_MATRIX.at(file, weight.name(), shape, "[out, in]");
    }
    if (columns(shape, encoding) > MAX_COLUMNS) {
      throw QuantizerError.ROW_TOO_LONG.at(
          file, weight.name(), columns(shape, encoding), MAX_COLUMNS);
    }
  }

  /** The length of what is encoded as one row; plain numbers are cut as is convenient. */
  private static long columns(Shape shape, Encoding encoding) {
    return switch (encoding) {
      case Encoding.Plain plain -> 1;
      case Encoding.Int8PerChannel int8 -> shape.count() / shape.dim(0);
      case Encoding.Int4Blocks int4 -> shape.dim(1);
    };
  }

  private Quality encode(
      Weight weight, Tensor tensor, Encoding encoding, OutputFile file, Places places) {
    Optional<float[]> factors = weight.inputFactors().map(Literal::floats);
    int columns =
        factors.isPresent()
            ? factors.get().length
            : Math.toIntExact(columns(tensor.shape(), encoding));
    List<Rows> pieces = pieces(tensor, columns, rounding.pieceElements());
    long count = tensor.shape().count() / columns;
    long rowCount = Math.max(1, count);
    long dataPerRow = encoding.dataBytes(tensor.shape()) / rowCount;
    long scalesPerRow = encoding.scaleBytes(tensor.shape()) / rowCount;
    long zeroPointsPerRow = encoding.zeroPointBytes(tensor.shape()) / rowCount;
    Queue<RowEncoder> idle = new ConcurrentLinkedQueue<>();
    List<Quality> qualities = new ArrayList<>();
    work.run(
        pieces,
        rows -> {
          RowEncoder free = idle.poll();
          RowEncoder encoder = free == null ? encoder(encoding, factors) : free;
          Outcome outcome = encoder.encode(rows);
          if (!(outcome instanceof Outcome.Encoded encoded)) {
            throw refusal(tensor, outcome);
          }
          file.write(places.data() + rows.first() * dataPerRow, encoded.data());
          file.write(places.scales() + rows.first() * scalesPerRow, encoded.scales());
          file.write(places.zeroPoints() + rows.first() * zeroPointsPerRow, encoded.zeroPoints());
          // Not before its buffers are written.
          idle.add(encoder);
          return encoded.quality();
        },
        qualities::add);
    return qualities.stream().reduce(Quality.NONE, Quality::plus);
  }

  private RowEncoder encoder(Encoding encoding, Optional<float[]> factors) {
    RowEncoder encoder = rounding.encoder(encoding);
    return factors.<RowEncoder>map(each -> new ScaledColumns(encoder, each)).orElse(encoder);
  }

  private static List<Rows> pieces(Tensor tensor, int columns, int elements) {
    long rows = tensor.shape().count() / columns;
    int perPiece = Math.max(1, elements / columns);
    List<Rows> pieces = new ArrayList<>();
    for (long first = 0; first < rows; first += perPiece) {
      pieces.add(new Rows(tensor, columns, first, (int) Math.min(perPiece, rows - first)));
    }
    return pieces;
  }

  private static RuntimeException refusal(Tensor tensor, Outcome outcome) {
    Path file = tensor.extent().file();
    return switch (outcome) {
      case Outcome.NotFinite(long index, float value) ->
          QuantizerError.NOT_FINITE.at(file, tensor.name(), value, indices(tensor.shape(), index));
      case Outcome.ScaleOverflow(long index, float value) ->
          QuantizerError.SCALE_OVERFLOW.at(
              file, tensor.name(), Math.abs(value), indices(tensor.shape(), index));
      case Outcome.ValueOverflow(long index, float value) ->
          QuantizerError.VALUE_OVERFLOW.at(
              file, tensor.name(), value, indices(tensor.shape(), index));
      case Outcome.Encoded encoded -> throw new IllegalStateException("nothing to refuse");
    };
  }

  /** {@code [3, 17]}: where in a tensor the element with this number in row-major order is. */
  private static Shape indices(Shape shape, long index) {
    long[] indices = new long[shape.rank()];
    long rest = index;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      indices[axis] = rest % shape.dim(axis);
      rest /= shape.dim(axis);
    }
    return Shape.of(indices);
  }

  static void copy(MemorySegment bytes, OutputFile file, long offset) {
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      MemorySegment piece = bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at));
      file.write(offset + at, piece.asByteBuffer());
    }
  }

  static WeightReport report(Weight weight, Encoding encoding, Optional<Quality> quality) {
    return new WeightReport(
        weight.name(),
        weight.shape(),
        Weights.encodingId(weight),
        encoding,
        quality,
        Weights.bytes(weight),
        encoding.bytes(weight.shape()));
  }
}
