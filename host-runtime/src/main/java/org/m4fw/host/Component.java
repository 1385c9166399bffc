package org.m4fw.host;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.GraphFacts;

/**
 * A graph that takes all its inputs at once and keeps nothing: an encoder, a generator. Results are
 * in F32, or in their own type where that is whole numbers.
 */
public final class Component implements AutoCloseable {
  private final String name;
  private final CompiledModel model;
  private final OnnxSession session;

  private final Arena arena;
  private final Map<String, OnnxTensor> adapterInputs = new HashMap<>();

  private Component(String name, CompiledModel model, OnnxSession session, Arena arena) {
    this.name = name;
    this.model = model;
    this.session = session;
    this.arena = arena;
  }

  /** Loads a graph; {@code name} is for messages. */
  public static Component open(String name, CompiledModel model) {
    return open(name, model, Optional.empty());
  }

  /**
   * Loads a graph with what an adapter has for it; what is for other graphs of the same model is
   * left alone.
   */
  @SuppressWarnings("MustBeClosed") // the arena lives as long as the component
  public static Component open(String name, CompiledModel model, Optional<RuntimeAdapter> adapter) {
    GraphFacts facts = model.facts();
    Optional<RuntimeAdapter> mine = adapter.map(whole -> whole.only(AdapterFit.inputs(model)));
    Optional<byte[]> optional =
        facts.adapterInputs() == AdapterInputs.OPTIONAL
            ? mine.filter(given -> !given.matrices().isEmpty())
                .map(given -> given.onnxAdapter(facts.arithmetic()))
            : Optional.empty();
    OnnxSession session = OnnxSession.open(name, model, optional);
    Component component = new Component(name, model, session, Arena.ofShared());
    if (facts.adapterInputs() == AdapterInputs.REQUIRED) {
      component.fillAdapterInputs(mine);
    }
    return component;
  }

  private void fillAdapterInputs(Optional<RuntimeAdapter> adapter) {
    try {
      adapterInputs.putAll(
          AdapterInputTensors.of(session.environment(), model.facts(), adapter, arena));
    } catch (OrtException e) {
      close();
      throw OnnxSession.refused(name, e);
    }
  }

  /**
   * Runs.
   *
   * @param file where the inputs are from, for messages
   * @param inputs by name; what is no input is ignored
   * @param arena what the results live in
   */
  public List<Tensor> run(String file, SortedMap<String, Tensor> inputs, Arena arena) {
    List<Tensor> outputs = new ArrayList<>();
    run(
        file,
        inputs,
        new LinkedHashSet<>(model.outputNames()),
        (output, value) -> outputs.add(copy(output, value, arena)));
    return outputs;
  }

  /** Takes a value that the graph computed. */
  private interface Taker {
    void take(String name, OnnxValue value) throws OrtException;
  }

  /** Takes the numbers of a value between operators; they are valid during the call. */
  public interface Observer {
    void observe(String value, FloatBuffer numbers);
  }

  /**
   * Runs a graph that can be asked for values between its operators ({@link
   * CompiledModel#observing}), and hands out those of floating-point numbers, in the order asked.
   */
  public void observe(
      String file, SortedMap<String, Tensor> inputs, Set<String> values, Observer observer) {
    run(
        file,
        inputs,
        values,
        (name, value) -> {
          if (value instanceof OnnxTensor tensor
              && (tensor.getInfo().type == OnnxJavaType.FLOAT
                  || tensor.getInfo().type == OnnxJavaType.FLOAT16)) {
            observer.observe(name, tensor.getFloatBuffer());
          }
        });
  }

  private void run(String file, SortedMap<String, Tensor> inputs, Set<String> wanted, Taker taker) {
    Map<String, OnnxTensor> feeds = new HashMap<>();
    try (Arena scratch = Arena.ofConfined()) {
      for (Port port : model.inputs().values()) {
        Tensor tensor = inputs.get(port.name());
        if (tensor == null && adapterInputs.containsKey(port.name())) {
          continue;
        }
        if (tensor == null) {
          throw HostError.MISSING_INPUT.at(
              file, port.name(), String.join(", ", model.inputs().keySet()));
        }
        feeds.put(port.name(), PortFeed.of(session.environment(), file, port, tensor, scratch));
      }
      try (OrtSession.RunOptions options = session.runOptions();
          OrtSession.Result result = session.session().run(all(feeds), wanted, options)) {
        for (String output : wanted) {
          taker.take(output, result.get(output).orElseThrow());
        }
      }
    } catch (OrtException e) {
      throw OnnxSession.refused(name, e);
    } finally {
      feeds.values().forEach(OnnxTensor::close);
    }
  }

  private Map<String, OnnxTensor> all(Map<String, OnnxTensor> feeds) {
    Map<String, OnnxTensor> all = new HashMap<>(adapterInputs);
    all.putAll(feeds);
    return all;
  }

  private Tensor copy(String output, OnnxValue value, Arena arena) throws OrtException {
    if (!(value instanceof OnnxTensor tensor)) {
      throw HostError.WRONG_INPUT.at(name, output, value.getType(), "a tensor");
    }
    TensorInfo info = tensor.getInfo();
    Shape shape = Shape.of(info.getShape());
    DType dtype =
        switch (info.type) {
          case FLOAT, FLOAT16, BFLOAT16 -> DType.F32;
          case INT64 -> DType.I64;
          case INT32 -> DType.I32;
          case BOOL -> DType.BOOL;
          default -> throw HostError.WRONG_INPUT.at(name, output, info.type, "numbers");
        };
    MemorySegment memory = arena.allocate(Math.max(1, shape.count() * dtype.bytes()), 64);
    MemorySegment data = memory.asSlice(0, shape.count() * dtype.bytes());
    if (dtype == DType.F32) {
      data.copyFrom(MemorySegment.ofBuffer(tensor.getFloatBuffer()));
    } else {
      data.copyFrom(MemorySegment.ofBuffer(tensor.getByteBuffer()));
    }
    return new Tensor(output, dtype, shape, new Extent(Path.of(name), 0, data.byteSize()), data);
  }

  @Override
  public void close() {
    adapterInputs.values().forEach(OnnxTensor::close);
    session.close();
    arena.close();
  }
}
