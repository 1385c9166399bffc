package org.m4fw.quantizer.calibration;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.DecoderGeometry;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.host.TokenFile;

/**
 * Calibration data in portions that a graph is run on at once. Where there are tokens, a portion
 * has a mask and positions too.
 */
final class Portions {
  private static final String IDS = "input_ids";
  private static final String CACHE = "past_key_values.";

  /** Tokens in a portion, about; bounds the activations that are in memory at once. */
  private static final int TOKENS = 2048;

  /** Samples of a batch in a portion, for the same reason. */
  private static final int SAMPLES = 8;

  private static final String BATCH = "batch_size";

  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Portions() {}

  /**
   * All portions: some windows of a token file each, or some samples of the tensors of a file.
   *
   * @param arena what new tensors live in
   */
  static List<SortedMap<String, Tensor>> of(CalibrationData data, Model model, Arena arena) {
    if (data.tokens().isEmpty()) {
      return samples(data.tensors(), model).stream()
          .map(portion -> withMask(portion, arena))
          .toList();
    }
    TokenFile tokens = data.tokens().get();
    Optional<DecoderGeometry> decoder =
        model.parts().values().stream().flatMap(part -> part.decoder().stream()).findFirst();
    decoder.ifPresent(geometry -> check(data.file(), tokens, geometry));
    int batch = Math.max(1, TOKENS / tokens.window());
    List<SortedMap<String, Tensor>> portions = new ArrayList<>();
    for (int first = 0; first < tokens.windows(); first += batch) {
      int end = Math.min(first + batch, tokens.windows());
      long[] ids = Arrays.copyOfRange(tokens.ids(), first * tokens.window(), end * tokens.window());
      SortedMap<String, Tensor> portion = new TreeMap<>();
      portion.put(IDS, longs(arena, IDS, ids, end - first, tokens.window()));
      portions.add(withMask(portion, arena));
    }
    return portions;
  }

  /** Some samples of a batch at a time, if all inputs of the model that are there have as many. */
  private static List<SortedMap<String, Tensor>> samples(
      SortedMap<String, Tensor> tensors, Model model) {
    Set<String> batched = new TreeSet<>();
    Set<Long> sizes = new TreeSet<>();
    for (Graph part : model.parts().values()) {
      for (Port port : part.inputs()) {
        Tensor tensor = tensors.get(port.name());
        if (tensor != null
            && tensor.shape().rank() > 0
            && !port.dims().isEmpty()
            && port.dims().getFirst() instanceof Port.Dim.Symbolic(String axis)) {
          batched.add(port.name());
          sizes.add(axis.equals(BATCH) ? tensor.shape().dim(0) : 0);
        }
      }
    }
    long size = sizes.size() == 1 ? sizes.iterator().next() : 0;
    List<SortedMap<String, Tensor>> portions = new ArrayList<>();
    for (long first = 0; first < size; first += SAMPLES) {
      long count = Math.min(SAMPLES, size - first);
      SortedMap<String, Tensor> portion = new TreeMap<>(tensors);
      for (String name : batched) {
        portion.put(name, requireNonNull(tensors.get(name)).slice(first, count));
      }
      portions.add(portion);
    }
    return portions.isEmpty() ? List.of(new TreeMap<>(tensors)) : portions;
  }

  private static void check(String file, TokenFile tokens, DecoderGeometry geometry) {
    if (tokens.window() > geometry.context()) {
      throw CalibrationError.WINDOW_TOO_LONG.at(
          file, "window", tokens.window(), geometry.context());
    }
    for (long id : tokens.ids()) {
      if (id >= geometry.vocabulary()) {
        throw CalibrationError.TOKEN_OUT_OF_RANGE.at(file, "ids", id, geometry.vocabulary());
      }
    }
  }

  private static SortedMap<String, Tensor> withMask(
      SortedMap<String, Tensor> portion, Arena arena) {
    Tensor ids = portion.get(IDS);
    if (ids != null && ids.shape().rank() == 2) {
      int batch = Math.toIntExact(ids.shape().dim(0));
      int length = Math.toIntExact(ids.shape().dim(1));
      long[] ones = new long[batch * length];
      long[] places = new long[batch * length];
      for (int i = 0; i < ones.length; i++) {
        ones[i] = 1;
        places[i] = i % length;
      }
      portion.putIfAbsent("attention_mask", longs(arena, "attention_mask", ones, batch, length));
      portion.putIfAbsent("position_ids", longs(arena, "position_ids", places, batch, length));
    }
    return portion;
  }

  /** Whether a part can be run on what there is. */
  static boolean feed(Graph part, Map<String, Tensor> portion) {
    return part.inputs().stream()
        .allMatch(
            port ->
                portion.containsKey(port.name())
                    || (port.name().startsWith(CACHE) && portion.containsKey("attention_mask")));
  }

  /** The same with the empty caches that a part takes. */
  static SortedMap<String, Tensor> withCaches(Graph part, Map<String, Tensor> portion) {
    SortedMap<String, Tensor> all = new TreeMap<>(portion);
    for (Port port : part.inputs()) {
      Tensor mask = portion.get("attention_mask");
      if (port.name().startsWith(CACHE) && mask != null) {
        all.putIfAbsent(port.name(), empty(port, mask.shape().dim(0)));
      }
    }
    return all;
  }

  private static Tensor empty(Port port, long batch) {
    long[] dims = new long[port.dims().size()];
    for (int axis = 0; axis < dims.length; axis++) {
      dims[axis] =
          switch (port.dims().get(axis)) {
            case Port.Dim.Fixed fixed -> fixed.size();
            case Port.Dim.Symbolic symbolic -> axis == 0 ? batch : 0;
          };
    }
    return tensor(port.name(), DType.F32, Shape.of(dims), MemorySegment.NULL);
  }

  private static Tensor longs(Arena arena, String name, long[] values, long... dims) {
    MemorySegment data = arena.allocate(8L * values.length, 8);
    MemorySegment.copy(values, 0, data, I64, 0, values.length);
    return tensor(name, DType.I64, Shape.of(dims), data);
  }

  private static Tensor tensor(String name, DType dtype, Shape shape, MemorySegment data) {
    return new Tensor(name, dtype, shape, new Extent(Path.of(name), 0, data.byteSize()), data);
  }
}
