package org.m4fw.graph.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.FixedGraph.ValueType;
import org.m4fw.graph.ir.ActivationPlan.Stored;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.tflite.LiteModel.Quantization;

/**
 * The tensors of a graph's values. Images are kept in the order of axes in which they were made,
 * channels first as in ONNX or channels last as in LiteRT, and are brought into the other one only
 * where somebody wants it, once.
 */
final class LiteValues {
  static final List<Integer> TO_CHANNELS_LAST = List.of(0, 2, 3, 1);
  static final List<Integer> TO_CHANNELS_FIRST = List.of(0, 3, 1, 2);

  private final FixedGraph source;
  private final SortedMap<String, EncodedWeight> weights;
  private final LiteGraph graph;
  private final Optional<LiteNumbers> numbers;
  private final Map<String, Integer> tensors = new HashMap<>();
  private final Map<String, Integer> channelsLast = new HashMap<>();
  private final Map<String, String> views = new HashMap<>();

  private final Map<String, Integer> rows = new HashMap<>();

  /**
   * @param numbers how values are kept where the file has whole numbers only
   */
  LiteValues(
      FixedGraph source,
      SortedMap<String, EncodedWeight> weights,
      LiteGraph graph,
      Optional<LiteNumbers> numbers) {
    this.source = source;
    this.weights = weights;
    this.graph = graph;
    this.numbers = numbers;
  }

  /** Whether values are kept as whole numbers. */
  boolean isWhole() {
    return numbers.isPresent();
  }

  private boolean isWhole(String name) {
    return isWhole() && value(name).type() == ElementType.FLOAT32;
  }

  /** What the whole numbers of a value stand for; empty if they stand for themselves. */
  Optional<Quantization> quantization(String name) {
    return numbers
        .filter(known -> isWhole(name))
        .map(known -> WholeConstants.affine(known.of(name)));
  }

  private TensorType typeOf(String name) {
    return isWhole(name) ? TensorType.INT8 : type(value(name).type());
  }

  static TensorType type(ElementType type) {
    return switch (type) {
      case FLOAT32 -> TensorType.FLOAT32;
      case FLOAT16 -> TensorType.FLOAT16;
      // Indices: no device computes with 64 bits.
      case INT64, INT32 -> TensorType.INT32;
      case BOOL -> TensorType.BOOL;
      default -> throw new IllegalArgumentException("no value is of type " + type);
    };
  }

  static List<Integer> shape(List<Long> dims) {
    return dims.stream().map(Math::toIntExact).toList();
  }

  /** What belongs to the axes of an image, in the order of axes of LiteRT. */
  static List<Integer> channelsLast(List<Integer> ofAxes) {
    return TO_CHANNELS_LAST.stream().map(ofAxes::get).toList();
  }

  ValueType value(String name) {
    return source.value(name);
  }

  boolean isConstant(String name) {
    return source.isConstant(name) || views.containsKey(name);
  }

  /** Makes a value the same constant as another, in the shape of its own. */
  void view(String name, String constant) {
    views.put(name, root(constant));
  }

  private String root(String name) {
    return views.getOrDefault(name, name);
  }

  /** The elements of a constant of integers; empty for other values. */
  Optional<List<Long>> integers(String name) {
    Literal literal = source.graph().literals().get(root(name));
    if (literal == null || literal.type() != ElementType.INT64) {
      return Optional.empty();
    }
    var numbers = ByteBuffer.wrap(literal.bytes()).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    List<Long> integers = new ArrayList<>();
    while (numbers.hasRemaining()) {
      integers.add(numbers.get());
    }
    return Optional.of(integers);
  }

  void put(String name, int tensor) {
    tensors.put(name, tensor);
  }

  void putChannelsLast(String name, int tensor) {
    channelsLast.put(name, tensor);
  }

  /** Whether a value is there with its channels last. */
  boolean hasChannelsLast(String name) {
    return channelsLast.containsKey(name);
  }

  /** Whether it is there with its channels last only. */
  boolean isChannelsLastOnly(String name) {
    return channelsLast.containsKey(name) && !tensors.containsKey(name);
  }

  /** A new tensor for a value, in the order of axes of ONNX. */
  int output(String name) {
    int tensor = output(name, shape(value(name).dims()));
    put(name, tensor);
    return tensor;
  }

  /** A new tensor for a value in another shape of as many elements. */
  int output(String name, List<Integer> shape) {
    return graph.value(name, typeOf(name), shape, quantization(name));
  }

  /** A new tensor for an image, channels last. */
  int outputChannelsLast(String name) {
    List<Integer> shape = shape(value(name).dims());
    int tensor =
        graph.value(
            name + ".channels_last",
            typeOf(name),
            TO_CHANNELS_LAST.stream().map(shape::get).toList(),
            quantization(name));
    putChannelsLast(name, tensor);
    return tensor;
  }

  /** The tensor of a value, in the order of axes of ONNX. */
  int tensor(String name) {
    Integer known = tensors.get(name);
    if (known != null) {
      return known;
    }
    int tensor = made(name);
    tensors.put(name, tensor);
    return tensor;
  }

  private int made(String name) {
    Integer image = channelsLast.get(name);
    Integer matrix = rows.get(name);
    if (image != null) {
      return graph.transpose(name, name, image, TO_CHANNELS_FIRST);
    }
    return matrix == null
        ? constant(name, value(name).dims())
        : graph.reshape(name, name, matrix, shape(value(name).dims()));
  }

  /**
   * The tensor of a value as an image one pixel high, [1, 1, rows, width], as convolutions take a
   * matrix.
   */
  int rows(String name) {
    Integer known = rows.get(name);
    if (known != null) {
      return known;
    }
    List<Integer> image = rowShape(name);
    int tensor = tensor(name);
    int matrix =
        graph.shape(tensor).equals(image)
            ? tensor
            : graph.reshape(name, name + ".rows", tensor, image);
    rows.put(name, matrix);
    return matrix;
  }

  /** A new tensor for a value as an image one pixel high. */
  int outputRows(String name) {
    int tensor = output(name, rowShape(name));
    if (rowShape(name).equals(shape(value(name).dims()))) {
      put(name, tensor);
    }
    rows.put(name, tensor);
    return tensor;
  }

  private List<Integer> rowShape(String name) {
    List<Long> dims = value(name).dims();
    return shape(List.of(1L, 1L, value(name).count() / dims.getLast(), dims.getLast()));
  }

  /** The tensor of a value, its numbers stored as those of another are. */
  int like(String name, String other) {
    if (!isWhole(name)) {
      return tensor(name);
    }
    Quantization wanted = quantization(other).orElseThrow();
    return isConstant(name)
        ? wholeConstant(name, value(name).dims(), numbers.orElseThrow().of(other))
        : graph.requantized(name, name + ".requantized", tensor(name), wanted);
  }

  /** The same of an image with its channels last. */
  int channelsLastLike(String name, String other) {
    return isWhole(name)
        ? graph.requantized(
            name,
            name + ".channels_last.requantized",
            channelsLast(name),
            quantization(other).orElseThrow())
        : channelsLast(name);
  }

  private int wholeConstant(String name, List<Long> dims, Stored stored) {
    return graph.constant(
        root(name),
        TensorType.INT8,
        shape(dims),
        new Content.Given(WholeConstants.quantized(floats(name), stored)),
        Optional.of(WholeConstants.affine(stored)));
  }

  /** The numbers of a constant. */
  float[] floats(String name) {
    Literal literal = source.graph().literals().get(root(name));
    if (literal != null) {
      return literal.floats();
    }
    EncodedWeight weight = weight(name);
    if (weight.weight().source() instanceof Weight.Source.Stored(var tensor)) {
      return TensorFloats.all(tensor);
    }
    throw LiteError.UNSUPPORTED_ENCODING.at(name, "", weight.encoding().id());
  }

  /** A weight that is stored; empty for a literal. */
  Optional<EncodedWeight> stored(String name) {
    return Optional.ofNullable(weights.get(root(name)));
  }

  /** The tensor of an image with its channels last. */
  int channelsLast(String name) {
    Integer known = channelsLast.get(name);
    if (known != null) {
      return known;
    }
    int tensor = graph.transpose(name, name + ".channels_last", tensor(name), TO_CHANNELS_LAST);
    channelsLast.put(name, tensor);
    return tensor;
  }

  /** A constant as numbers of the graph's arithmetic, in another shape of as many elements. */
  int constant(String name, List<Long> dims) {
    if (isWhole(name)) {
      Stored stored =
          numbers
              .flatMap(known -> known.find(name))
              .orElseGet(() -> WholeConstants.range(floats(name)));
      return wholeConstant(name, dims, stored);
    }
    Literal literal = source.graph().literals().get(root(name));
    return literal == null
        ? decoded(name, dims, new Conversion.None(), name)
        : given(name, literal, dims);
  }

  /** A kernel of a convolution, its axes in another order. */
  int permuted(String name, List<Long> dims, List<Integer> order) {
    List<Long> permuted = order.stream().map(dims::get).toList();
    Literal literal = source.graph().literals().get(root(name));
    if (literal != null) {
      byte[] bytes =
          new Conversion.Permutation(literal.type().bytes(), dims, order).apply(literal.bytes());
      return given(
          name + ".kernel", new Literal(literal.type(), new Shape(permuted), bytes), permuted);
    }
    int bytes = plain(weight(name)).bytes();
    return decoded(name, permuted, Conversion.permutation(bytes, dims, order), name + ".kernel");
  }

  private int given(String name, Literal literal, List<Long> dims) {
    byte[] bytes = literal.bytes();
    if (literal.type() == ElementType.INT64) {
      ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      ByteBuffer to = ByteBuffer.allocate(bytes.length / 2).order(ByteOrder.LITTLE_ENDIAN);
      while (from.hasRemaining()) {
        to.putInt(Math.clamp(from.getLong(), Integer.MIN_VALUE, Integer.MAX_VALUE));
      }
      bytes = to.array();
    }
    return graph.constant(
        name, type(literal.type()), shape(dims), new Content.Given(bytes), Optional.empty());
  }

  EncodedWeight weight(String name) {
    EncodedWeight weight = weights.get(root(name));
    if (weight == null) {
      throw new IllegalStateException("no weight " + name);
    }
    return weight;
  }

  private static DType plain(EncodedWeight weight) {
    if (weight.encoding() instanceof Encoding.Plain(DType dtype)) {
      return dtype;
    }
    throw LiteError.UNSUPPORTED_ENCODING.at(weight.weight().name(), "", weight.encoding().id());
  }

  /** A plain weight as F32; stored as F16 where it comes so, and widened when the graph is read. */
  private int decoded(String name, List<Long> dims, Conversion conversion, String as) {
    EncodedWeight weight = weight(name);
    List<Integer> shape = shape(dims);
    long count = weight.weight().shape().count();
    return switch (plain(weight)) {
      case F32 ->
          graph.constant(
              as,
              TensorType.FLOAT32,
              shape,
              new Content.Stored(weight.data(), conversion, 4 * count),
              Optional.empty());
      case F16 -> {
        String key = "%s.f32.%s".formatted(as, dims);
        Integer known = tensors.get(key);
        if (known != null) {
          yield known;
        }
        int half =
            graph.constant(
                as,
                TensorType.FLOAT16,
                shape,
                new Content.Stored(weight.data(), conversion, 2 * count),
                Optional.empty());
        int wide = graph.value(as + ".f32", TensorType.FLOAT32, shape);
        tensors.put(key, wide);
        yield graph.op(BuiltinOperator.DEQUANTIZE, 3, List.of(), name, wide, half);
      }
      case BF16 -> {
        if (!(conversion instanceof Conversion.None)) {
          throw LiteError.UNSUPPORTED_ENCODING.at(name, "", "a kernel in bf16");
        }
        yield graph.constant(
            as,
            TensorType.FLOAT32,
            shape,
            new Content.Stored(weight.data(), new Conversion.Widening(), 4 * count),
            Optional.empty());
      }
      default -> throw LiteError.UNSUPPORTED_ENCODING.at(name, "", weight.encoding().id());
    };
  }
}
