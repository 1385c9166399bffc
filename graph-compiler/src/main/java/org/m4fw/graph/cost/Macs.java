package org.m4fw.graph.cost;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.shape.PrimitiveShapes;
import org.m4fw.graph.shape.UnknownShapeException;
import org.m4fw.graph.shape.Value;

/**
 * Multiply-accumulates of a graph, as fvcore counts the original in PyTorch ({@code
 * fvcore/nn/jit_handles.py}): one for each product of a linear layer, convolution or product of
 * matrices, five for each element that a norm of layers or groups gives, one for each that an
 * enlarged image has; nothing for what works element by element, root-mean-square norms among it.
 *
 * <p>Attention counts as its two products. Where ImageBind has a mask it counts as one: PyTorch
 * 1.13 then computes the scores and adds the mask in one call ({@code baddbmm}), for which fvcore
 * has no rule.
 */
public final class Macs {
  private static final long NORM = 5;

  private final Graph graph;
  private final Map<String, Long> sizes;
  private final Map<String, Value> values = new HashMap<>();
  private long macs;

  private Macs(Graph graph, Map<String, Long> sizes) {
    this.graph = graph;
    this.sizes = sizes;
  }

  /**
   * The number for these sizes of inputs; empty if a size within the graph depends on what it
   * computes, or a size is not given.
   *
   * @param sizes of the axes of inputs that are known when the graph runs, by name
   */
  public static OptionalLong of(Graph graph, Map<String, Long> sizes) {
    Macs count = new Macs(graph, sizes);
    try {
      count.run();
      return OptionalLong.of(count.macs);
    } catch (UnknownShapeException | ArithmeticException e) {
      // Sizes may also be asked for with which nothing can be counted.
      return OptionalLong.empty();
    }
  }

  private void run() {
    graph.inputs().forEach(port -> values.put(port.name(), input(port)));
    graph.weights().forEach((name, w) -> values.put(name, Value.of(w.shape().dims())));
    graph.literals().forEach((name, literal) -> values.put(name, constant(literal)));
    for (Node node : graph.nodes()) {
      List<Value> in = new ArrayList<>();
      for (String name : node.inputs()) {
        if (!name.isEmpty()) {
          in.add(value(name));
        }
      }
      List<Value> out = outputs(node.operator(), in);
      for (int i = 0; i < Math.min(out.size(), node.outputs().size()); i++) {
        values.put(node.outputs().get(i), out.get(i));
      }
    }
  }

  private void add(long... factors) {
    macs = Math.addExact(macs, LongStream.of(factors).reduce(1, Math::multiplyExact));
  }

  private Value value(String name) {
    return Optional.ofNullable(values.get(name)).orElseThrow(() -> new UnknownShapeException(name));
  }

  private Value input(Port port) {
    List<Long> dims = new ArrayList<>();
    for (Port.Dim dim : port.dims()) {
      dims.add(
          switch (dim) {
            case Port.Dim.Fixed(long size) -> size;
            case Port.Dim.Symbolic(String name) -> {
              Long size = sizes.get(name);
              if (size == null) {
                throw new UnknownShapeException(name);
              }
              yield size;
            }
          });
    }
    return Value.of(dims);
  }

  private static Value constant(Literal literal) {
    List<Long> dims = literal.shape().dims();
    if (literal.type() != ElementType.INT64 || dims.size() > 1) {
      return Value.of(dims);
    }
    var numbers =
        java.nio.ByteBuffer.wrap(literal.bytes()).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer();
    List<Long> whole = new ArrayList<>();
    while (numbers.hasRemaining()) {
      whole.add(numbers.get());
    }
    return new Value(dims, Optional.of(whole));
  }

  private List<Value> outputs(Operator operator, List<Value> in) {
    Value x = in.getFirst();
    return switch (operator) {
      case Operator.Embedding(String weight, var attachment) ->
          List.of(with(x.dims(), value(weight).dim(1)));
      case Operator.Linear linear -> List.of(linear(x, value(linear.weight())));
      case Operator.Attention attention -> attention(in, attention);
      case Operator.SoftmaxAttention attention -> {
        products(x, in.get(1).dim(1), (long) attention.heads() * attention.headWidth(), in.size());
        yield List.of(x);
      }
      case Operator.HeadsAttention attention -> {
        products(x, in.get(1).dim(2), (long) attention.heads() * attention.headWidth(), in.size());
        yield List.of(x);
      }
      case Operator.LayerNorm norm -> List.of(normalized(x));
      case Operator.GroupNorm norm -> List.of(normalized(x));
      case Operator.CausalMask(int queryAxis, int keyAxis) ->
          List.of(Value.of(List.of(x.dim(queryAxis), in.getLast().dim(keyAxis))));
      case Operator.TimestepEmbedding embedding -> List.of(with(x.dims(), embedding.width()));
      case Operator.Add add -> List.of(Value.sum(x, in.get(1)));
      case Operator.Multiply multiply -> List.of(Value.broadcast(x, in.get(1)));
      case Operator.RmsNorm norm -> List.of(x);
      case Operator.L2Normalize norm -> List.of(x);
      case Operator.Gelu gelu -> List.of(x);
      case Operator.Silu silu -> List.of(x);
      case Operator.Cast cast -> List.of(x);
      case Operator.Convolution convolution -> primitive(convolution.plain(), in);
      case Operator.Primitive primitive -> primitive(primitive, in);
    };
  }

  private static Value with(List<Long> outer, long last) {
    List<Long> dims = new ArrayList<>(outer);
    dims.add(last);
    return Value.of(dims);
  }

  private Value linear(Value x, Value weight) {
    Value out = with(x.dims().subList(0, x.rank() - 1), weight.dim(0));
    add(out.count(), weight.dim(1));
    return out;
  }

  private Value normalized(Value x) {
    add(NORM, x.count());
    return x;
  }

  /** The scores of queries [B, S, ...] over so many keys, and the mixture of values. */
  private void products(Value query, long keys, long width, int inputs) {
    boolean uncounted = inputs > 3 && graph.architecture().equals("imagebind");
    add(uncounted ? 1 : 2, query.count(0, 2), keys, width);
  }

  private List<Value> attention(List<Value> in, Operator.Attention attention) {
    Value query = in.getFirst();
    long total = in.get(3).dim(2) + query.dim(1);
    products(query, total, (long) attention.heads() * attention.headWidth(), 3);
    Value present =
        Value.of(
            List.of(
                query.dim(0),
                (long) attention.keyValueHeads(),
                total,
                (long) attention.headWidth()));
    return List.of(query, present, present);
  }

  private List<Value> primitive(Operator.Primitive primitive, List<Value> in) {
    List<Value> out = new PrimitiveShapes(primitive, in).outputs();
    Value first = out.getFirst();
    switch (primitive.type()) {
      case "MatMul" -> add(first.count(), in.getFirst().dim(-1));
      case "Conv" -> add(first.count(), in.get(1).count(1, in.get(1).rank()));
      case "ConvTranspose" -> add(in.getFirst().count(), in.get(1).count(1, in.get(1).rank()));
      case "Resize" -> add(first.count());
      default -> {}
    }
    return out;
  }
}
