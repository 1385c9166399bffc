package org.m4fw.host;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.TreeMap;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;

/**
 * Keys and values that a decoder looks at besides those of its own tokens, such as those of a
 * sound. They are the same at every step.
 *
 * @param batch of how many sequences they are
 * @param tensors by the name of the graph's input
 */
record DecoderMemory(int batch, Map<String, OnnxTensor> tensors) implements AutoCloseable {
  private static final int ANY_BATCH = -1;

  /** That of a decoder that looks at nothing but its tokens. */
  static DecoderMemory none() {
    return new DecoderMemory(ANY_BATCH, Map.of());
  }

  /** Whether there are all that a graph with these inputs takes. */
  static boolean isThere(Map<String, Port> inputs, Map<String, Tensor> values) {
    return inputs.keySet().stream().filter(DecoderMemory::names).allMatch(values::containsKey);
  }

  static boolean names(String value) {
    return value.startsWith(Model.MEMORY_VALUES);
  }

  /**
   * What a graph with these inputs takes; all of it has to be there.
   *
   * @param file where the values are from, for messages
   * @param arena what their memory belongs to; it has to outlive the run
   */
  static DecoderMemory of(
      OrtEnvironment environment,
      String file,
      Map<String, Port> inputs,
      Map<String, Tensor> values,
      Arena arena) {
    Map<String, OnnxTensor> tensors = new TreeMap<>();
    DecoderMemory memory = new DecoderMemory(ANY_BATCH, tensors);
    int batch = ANY_BATCH;
    try {
      for (Port port : inputs.values()) {
        if (!names(port.name())) {
          continue;
        }
        Tensor tensor = values.get(port.name());
        if (tensor == null) {
          throw HostError.MISSING_INPUT.at(file, port.name(), String.join(", ", inputs.keySet()));
        }
        tensors.put(port.name(), PortFeed.of(environment, file, port, tensor, arena));
        batch = Math.toIntExact(tensor.shape().dim(0));
      }
      return new DecoderMemory(batch, tensors);
    } catch (OrtException e) {
      memory.close();
      throw OnnxSession.refused(file, e);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  /** Refuses sequences of another number. */
  void requireBatch(String file, String ids, int sequences) {
    if (batch != ANY_BATCH && batch != sequences) {
      throw HostError.WRONG_INPUT.at(
          file, ids, "a batch of " + sequences, batch + " as in what the encoder was given");
    }
  }

  @Override
  public void close() {
    tensors.values().forEach(OnnxTensor::close);
  }
}
