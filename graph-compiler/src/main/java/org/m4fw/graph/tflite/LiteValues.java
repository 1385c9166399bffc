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
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.FixedGraph.ValueType;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Literal;

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
  private final Map<String, Integer> tensors = new HashMap<>();
  private final Map<String, Integer> channelsLast = new HashMap<>();
  private final Map<String, String> views = new HashMap<>();

  LiteValues(FixedGraph source, SortedMap<String, EncodedWeight> weights, LiteGraph graph) {
    this.source = source;
    this.weights = weights;
    this.graph = graph;
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
    int tensor = graph.value(name, type(value(name).type()), shape(value(name).dims()));
    put(name, tensor);
    return tensor;
  }

  /** A new tensor for an image, channels last. */
  int outputChannelsLast(String name) {
    List<Integer> shape = shape(value(name).dims());
    int tensor =
        graph.value(
            name + ".channels_last",
            type(value(name).type()),
            TO_CHANNELS_LAST.stream().map(shape::get).toList());
    putChannelsLast(name, tensor);
    return tensor;
  }

  /** The tensor of a value, in the order of axes of ONNX. */
  int tensor(String name) {
    Integer known = tensors.get(name);
    if (known != null) {
      return known;
    }
    Integer image = channelsLast.get(name);
    int tensor =
        image == null
            ? constant(name, value(name).dims())
            : graph.transpose(name, name, image, TO_CHANNELS_FIRST);
    tensors.put(name, tensor);
    return tensor;
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
    return decoded(
        name, permuted, new Conversion.Permutation(bytes, dims, order), name + ".kernel");
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
