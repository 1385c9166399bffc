package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.m4fw.graph.ir.ElementType;

/**
 * A cache whose buffers are as long as it will ever get, read as past and written as present in
 * place. For graphs with GroupQueryAttention.
 */
final class SharedCache implements KeyValueCache {
  private final Map<String, OnnxTensor> past = new LinkedHashMap<>();
  private final Map<String, OnnxValue> present = new LinkedHashMap<>();

  private SharedCache() {}

  /**
   * The buffers [batch, keyValueHeads, capacity, headWidth] of all layers, keys before values; what
   * an adapter puts before the first token is in them.
   */
  static List<ByteBuffer> allocate(Arena arena, Decoder decoder, int batch, int capacity) {
    List<ByteBuffer> buffers = new ArrayList<>();
    PrefixCache prefix = PrefixCache.of(decoder);
    for (int slot = 0; slot < 2 * decoder.geometry().layers(); slot++) {
      ByteBuffer buffer =
          NativeTensor.allocate(
              arena, decoder.facts().arithmetic(), shape(decoder, batch, capacity));
      prefix.fill(buffer, slot, batch, capacity);
      buffers.add(buffer);
    }
    return buffers;
  }

  static SharedCache over(
      OrtEnvironment environment,
      Decoder decoder,
      List<ByteBuffer> buffers,
      int batch,
      int capacity)
      throws OrtException {
    SharedCache cache = new SharedCache();
    for (int layer = 0; layer < decoder.geometry().layers(); layer++) {
      cache.add(environment, decoder, buffers.get(2 * layer), batch, capacity, layer, "key");
      cache.add(environment, decoder, buffers.get(2 * layer + 1), batch, capacity, layer, "value");
    }
    return cache;
  }

  /** The part of the buffers that belongs to one sequence of the batch. */
  static List<ByteBuffer> row(List<ByteBuffer> buffers, Decoder decoder, int row, int capacity) {
    ElementType type = decoder.facts().arithmetic();
    long[] shape = shape(decoder, 1, capacity);
    int bytes = Math.toIntExact(type.bytes() * shape[1] * shape[2] * shape[3]);
    return buffers.stream()
        .map(buffer -> buffer.slice(row * bytes, bytes).order(buffer.order()))
        .toList();
  }

  private void add(
      OrtEnvironment environment,
      Decoder decoder,
      ByteBuffer buffer,
      int batch,
      int capacity,
      int layer,
      String what)
      throws OrtException {
    OnnxTensor tensor =
        NativeTensor.over(
            environment, buffer, decoder.facts().arithmetic(), shape(decoder, batch, capacity));
    past.put("past_key_values.%s.%s".formatted(layer, what), tensor);
    present.put("present.%s.%s".formatted(layer, what), tensor);
  }

  private static long[] shape(Decoder decoder, int batch, int capacity) {
    return new long[] {
      batch, decoder.geometry().keyValueHeads(), capacity, decoder.geometry().headWidth()
    };
  }

  @Override
  public Map<String, OnnxTensor> inputs() {
    return past;
  }

  @Override
  public Map<String, OnnxValue> pinned() {
    return present;
  }

  @Override
  public void take(OrtSession.Result result) {
    result.close();
  }

  @Override
  public void close() {
    past.values().forEach(OnnxTensor::close);
  }
}
