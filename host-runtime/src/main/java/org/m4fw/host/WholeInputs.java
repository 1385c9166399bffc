package org.m4fw.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.CompiledModel;

/**
 * All inputs of a graph, so that a decoder too can be run as a {@link Component}: one step over an
 * empty cache, without an adapter.
 */
public final class WholeInputs {
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final String IDS = "input_ids";
  private static final String MASK = "attention_mask";

  private final CompiledModel model;
  private final Arena arena;
  private final NavigableMap<String, Tensor> inputs = new TreeMap<>();

  private WholeInputs(CompiledModel model, Arena arena) {
    this.model = model;
    this.arena = arena;
  }

  /** The name of the input that takes tokens, where a graph is a decoder; as token files hold. */
  public static Optional<String> tokens(CompiledModel model) {
    return model.facts().decoder().isPresent()
        ? Optional.of(Decoder.ids(model)).filter(name -> model.inputs().containsKey(name))
        : Optional.empty();
  }

  /** Tokens as an input, [1, length]. */
  public static Tensor tokens(String name, long[] ids, Arena arena) {
    return longs(name, Shape.of(1, ids.length), index -> ids[(int) index], arena);
  }

  /**
   * The given tensors with what a decoder needs besides; empty if inputs are missing.
   *
   * @param arena what is added lives in it
   */
  public static Optional<SortedMap<String, Tensor>> of(
      CompiledModel model, SortedMap<String, Tensor> given, Arena arena) {
    WholeInputs whole = new WholeInputs(model, arena);
    whole.inputs.putAll(given);
    whole.decoder();
    whole.adapters();
    return whole.inputs.keySet().containsAll(model.inputs().keySet())
        ? Optional.of(whole.inputs)
        : Optional.empty();
  }

  /**
   * For a graph that is told which tokens there are, but is no decoder: the tokens of a sample with
   * one more that is none, and which are there. So both are seen, as where there is room to spare.
   *
   * @param arena what is added lives in it
   */
  public static SortedMap<String, Tensor> withRoom(
      CompiledModel model, SortedMap<String, Tensor> sample, Arena arena) {
    Tensor ids = sample.get(IDS);
    if (ids == null
        || ids.dtype() != DType.I64
        || ids.shape().rank() != 2
        || ids.shape().dim(0) != 1
        || sample.containsKey(MASK)
        || model.facts().decoder().isPresent()
        || !model.inputs().containsKey(MASK)) {
      return sample;
    }
    long count = ids.shape().dim(1);
    Shape longer = Shape.of(1, count + 1);
    SortedMap<String, Tensor> more = new TreeMap<>(sample);
    more.put(
        IDS, longs(IDS, longer, i -> i < count ? ids.data().get(I64, Long.BYTES * i) : 0, arena));
    more.put(MASK, longs(MASK, longer, i -> i < count ? 1 : 0, arena));
    return more;
  }

  /** The names of inputs that are neither given nor added. */
  public static SortedSet<String> missing(CompiledModel model, SortedMap<String, Tensor> given) {
    SortedSet<String> missing = new TreeSet<>(model.inputs().keySet());
    missing.removeAll(given.keySet());
    return missing;
  }

  private void decoder() {
    if (model.facts().decoder().isEmpty()) {
      return;
    }
    DecoderGeometry geometry = model.facts().decoder().get();
    Tensor first = inputs.get(Decoder.ids(model));
    Tensor fed = first == null ? inputs.get(Decoder.VECTORS) : first;
    if (fed == null || fed.shape().rank() < 2) {
      return;
    }
    long batch = fed.shape().dim(0);
    long length = fed.shape().dim(1);
    Shape sequence = Shape.of(batch, length);
    add(MASK, longs(MASK, sequence, index -> 1, arena));
    add("position_ids", longs("position_ids", sequence, index -> index % length, arena));
    for (Port port : model.inputs().values()) {
      if (port.name().startsWith("past_key_values.")) {
        Shape empty = Shape.of(batch, geometry.keyValueHeads(), 0, geometry.headWidth());
        add(port.name(), reals(port.name(), empty, 0));
      }
    }
  }

  private void adapters() {
    for (AttachmentPoint point : model.facts().attachmentPoints()) {
      add(point.inputA(), reals(point.inputA(), Shape.of(point.in(), 1), 0));
      add(point.inputB(), reals(point.inputB(), Shape.of(1, point.out()), 0));
      add(point.inputScale(), reals(point.inputScale(), Shape.of(1, point.out()), 1));
    }
  }

  private void add(String name, Tensor tensor) {
    if (model.inputs().containsKey(name)) {
      inputs.putIfAbsent(name, tensor);
    }
  }

  private Tensor reals(String name, Shape shape, float value) {
    MemorySegment data = arena.allocate(Math.max(1, Float.BYTES * shape.count()), 64);
    for (long i = 0; i < shape.count(); i++) {
      data.set(F32, Float.BYTES * i, value);
    }
    return tensor(name, DType.F32, shape, data);
  }

  private static Tensor longs(String name, Shape shape, LongUnaryOperator value, Arena arena) {
    MemorySegment data = arena.allocate(Math.max(1, Long.BYTES * shape.count()), 64);
    for (long i = 0; i < shape.count(); i++) {
      data.set(I64, Long.BYTES * i, value.applyAsLong(i));
    }
    return tensor(name, DType.I64, shape, data);
  }

  private static Tensor tensor(String name, DType dtype, Shape shape, MemorySegment memory) {
    long size = dtype.bytes() * shape.count();
    return new Tensor(
        name, dtype, shape, new Extent(Path.of(name), 0, size), memory.asSlice(0, size));
  }
}
