package org.m4fw.graph.importer;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.Fields;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Symmetry;
import org.m4fw.graph.ir.Weight;

/**
 * The weights of a checkpoint, some of which may be quantized: its configuration then has {@code
 * "quantization_config": {"quant_method": "m4fw", "version": 1, "weights": {<name>: {"encoding":
 * "int4-g32", "shape": [N, K]}}}}, and the tensors {@code <name>} and {@code <name>.scales} hold
 * the canonical bytes of the encoding: I8 [N, K] and F16 [N] for {@code int8}, U8 [N, ⌈K/block⌉,
 * block/2] and F16 [N, ⌈K/block⌉] for {@code int4}, and beside these for {@code int4-…-asym} {@code
 * <name>.zero_points}, U8 [N, ⌈⌈K/block⌉/2⌉]. With {@code "input_factors": <tensor>} in its entry
 * the input of the linear layer is multiplied by that tensor, F32 [K], first.
 */
final class QuantizedWeights {
  private static final String SCALES = ".scales";
  private static final String ZERO_POINTS = ".zero_points";
  private static final List<Encoding> ENCODINGS =
      List.of(
          new Encoding.Int8PerChannel(),
          new Encoding.Int4Blocks(32),
          new Encoding.Int4Blocks(64),
          new Encoding.Int4Blocks(128),
          new Encoding.Int4Blocks(32, Symmetry.ASYMMETRIC),
          new Encoding.Int4Blocks(64, Symmetry.ASYMMETRIC),
          new Encoding.Int4Blocks(128, Symmetry.ASYMMETRIC));
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Checkpoint checkpoint;
  private final SortedMap<String, CheckpointWeights.Stored> weights = new TreeMap<>();
  private final Set<String> companions = new HashSet<>();

  private QuantizedWeights(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  /**
   * All weights by name.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link ImportError}, or a {@link
   *     org.m4fw.checkpoint.CheckpointError} if a tensor is missing
   */
  static SortedMap<String, CheckpointWeights.Stored> read(Checkpoint checkpoint, Fields config) {
    QuantizedWeights reader = new QuantizedWeights(checkpoint);
    config.optionalObject("quantization_config").ifPresent(reader::readQuantized);
    checkpoint.tensors().values().forEach(reader::addPlain);
    return reader.weights;
  }

  private void readQuantized(Fields quantization) {
    String method = quantization.optionalString("quant_method").orElse("no quant_method");
    if (!method.equals("m4fw")) {
      throw ImportError.UNKNOWN_QUANTIZATION.at(
          quantization.file(), quantization.path() + ".quant_method", method, "m4fw");
    }
    quantization.allowOnly("quant_method", "version", "weights").integer("version", 1, 1);
    Fields entries = quantization.object("weights");
    for (String name : entries.names()) {
      addQuantized(name, entries.object(name).allowOnly("encoding", "shape", "input_factors"));
    }
  }

  private void addQuantized(String name, Fields entry) {
    Encoding encoding = encoding(entry);
    Shape shape = shape(entry, encoding);
    Tensor data = checkpoint.tensor(name);
    Tensor scale = checkpoint.tensor(name + SCALES);
    switch (encoding) {
      case Encoding.Int4Blocks int4 -> {
        long rows = shape.dim(0);
        long blocks = int4.blocks(shape);
        require(data, DType.U8, Shape.of(rows, blocks, int4.block() / 2));
        require(scale, DType.F16, Shape.of(rows, blocks));
      }
      case Encoding.Int8PerChannel int8 -> {
        require(data, DType.I8, shape);
        require(scale, DType.F16, Shape.of(shape.dim(0)));
      }
      case Encoding.Plain plain -> throw new IllegalStateException("not among those read");
    }
    requireFinite(scale);
    companions.add(scale.name());
    Optional<Tensor> zeroPoints = zeroPoints(name, shape, encoding);
    if (encoding instanceof Encoding.Int4Blocks int4) {
      FourBitPadding.require(int4, shape, data, zeroPoints);
    }
    weights.put(
        name,
        new CheckpointWeights.Stored(
            shape,
            new Weight.Source.Quantized(encoding, data, scale, zeroPoints),
            factors(entry, shape)));
  }

  private Optional<Literal> factors(Fields entry, Shape shape) {
    return entry
        .optionalString("input_factors")
        .map(
            name -> {
              Tensor tensor = checkpoint.tensor(name);
              long width = shape.dim(shape.rank() - 1);
              require(tensor, DType.F32, Shape.of(width));
              companions.add(name);
              float[] factors = TensorFloats.all(tensor);
              for (float factor : factors) {
                if (!(factor > 0 && Float.isFinite(factor))) {
                  throw ImportError.QUANTIZED_TENSOR.at(
                      tensor.extent().file(), name, factor, "positive, finite factors");
                }
              }
              return Literal.real(ElementType.FLOAT32, Shape.of(width), factors);
            });
  }

  private Optional<Tensor> zeroPoints(String name, Shape shape, Encoding encoding) {
    if (!(encoding instanceof Encoding.Int4Blocks int4) || int4.symmetry() == Symmetry.SYMMETRIC) {
      return Optional.empty();
    }
    Tensor zeroPoints = checkpoint.tensor(name + ZERO_POINTS);
    require(zeroPoints, DType.U8, Shape.of(shape.dim(0), int4.zeroPointRow(shape)));
    companions.add(zeroPoints.name());
    return Optional.of(zeroPoints);
  }

  private static Encoding encoding(Fields entry) {
    String id = entry.string("encoding");
    Optional<Encoding> encoding = ENCODINGS.stream().filter(e -> e.id().equals(id)).findFirst();
    return encoding.orElseThrow(
        () ->
            ImportError.UNKNOWN_QUANTIZATION.at(
                entry.file(),
                entry.path() + ".encoding",
                id,
                String.join(", ", ENCODINGS.stream().map(Encoding::id).toList())));
  }

  /**
   * Bounds keep the products of dimensions, which are compared with real tensors, from overflow.
   */
  private static Shape shape(Fields entry, Encoding encoding) {
    long[] dims = entry.integers("shape", 1, Integer.MAX_VALUE);
    boolean matrix = encoding instanceof Encoding.Int4Blocks;
    if (matrix ? dims.length != 2 : dims.length < 2 || dims.length > 8) {
      throw ImportError.QUANTIZED_TENSOR.at(
          entry.file(),
          entry.path() + ".shape",
          dims.length + " dimensions",
          matrix ? "2" : "2 to 8");
    }
    try {
      return Shape.of(dims);
    } catch (ArithmeticException e) {
      throw ImportError.QUANTIZED_TENSOR.at(
          entry.file(), entry.path() + ".shape", "more elements than can be", "at most 2^63−1");
    }
  }

  private static void require(Tensor tensor, DType dtype, Shape shape) {
    if (tensor.dtype() != dtype || !tensor.shape().equals(shape)) {
      throw ImportError.QUANTIZED_TENSOR.at(
          tensor.extent().file(),
          tensor.name(),
          tensor.dtype() + " " + tensor.shape(),
          dtype + " " + shape);
    }
  }

  private static void requireFinite(Tensor scales) {
    for (long at = 0; at < scales.byteSize(); at += Short.BYTES) {
      float scale = Float.float16ToFloat(scales.data().get(HALF, at));
      if (!Float.isFinite(scale)) {
        throw ImportError.QUANTIZED_TENSOR.at(
            scales.extent().file(), scales.name(), scale, "finite scales");
      }
    }
  }

  private void addPlain(Tensor tensor) {
    if (!companions.contains(tensor.name())) {
      weights.putIfAbsent(
          tensor.name(),
          new CheckpointWeights.Stored(tensor.shape(), new Weight.Source.Stored(tensor)));
    }
  }
}
