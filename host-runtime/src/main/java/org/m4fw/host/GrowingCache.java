package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A cache that each step returns one step longer. For graphs that concatenate it in plain ONNX. */
final class GrowingCache implements KeyValueCache {
  private final Decoder decoder;
  private final Map<String, OnnxTensor> first = new LinkedHashMap<>();
  private final Map<String, OnnxTensor> past = new LinkedHashMap<>();
  private Optional<OrtSession.Result> owner = Optional.empty();

  GrowingCache(OrtEnvironment environment, Arena arena, Decoder decoder, int batch)
      throws OrtException {
    this.decoder = decoder;
    PrefixCache prefix = PrefixCache.of(decoder);
    long[] shape = {
      batch, decoder.geometry().keyValueHeads(), prefix.length(), decoder.geometry().headWidth()
    };
    int slot = 0;
    for (int layer = 0; layer < decoder.geometry().layers(); layer++) {
      for (String what : new String[] {"key", "value"}) {
        ByteBuffer buffer = NativeTensor.allocate(arena, decoder.facts().arithmetic(), shape);
        prefix.fill(buffer, slot++, batch, prefix.length());
        OnnxTensor tensor =
            NativeTensor.over(environment, buffer, decoder.facts().arithmetic(), shape);
        first.put("past_key_values.%s.%s".formatted(layer, what), tensor);
      }
    }
    past.putAll(first);
  }

  @Override
  public Map<String, OnnxTensor> inputs() {
    return past;
  }

  @Override
  public Map<String, OnnxValue> pinned() {
    return Map.of();
  }

  @Override
  public void take(OrtSession.Result result) {
    for (int layer = 0; layer < decoder.geometry().layers(); layer++) {
      for (String what : new String[] {"key", "value"}) {
        OnnxValue present = result.get("present.%s.%s".formatted(layer, what)).orElseThrow();
        past.put("past_key_values.%s.%s".formatted(layer, what), (OnnxTensor) present);
      }
    }
    owner.ifPresent(OrtSession.Result::close);
    owner = Optional.of(result);
  }

  @Override
  public void close() {
    owner.ifPresent(OrtSession.Result::close);
    first.values().forEach(OnnxTensor::close);
  }
}
