package org.m4fw.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.graph.onnx.CompiledModel;

/**
 * Runs a component on named tensors. Tensors that are no inputs are ignored; outputs whose inputs
 * are absent are not computed; what one part gives, the next may take.
 *
 * <p>A decoder takes {@code input_ids} I64 [B, S] and gives {@code logits} F32 [B, S, vocabulary];
 * {@code next_ids} I64 [B, T] are fed after them on the cache and give {@code next_logits}.
 */
public final class TensorRun implements AutoCloseable {
  private final String file;
  private final SortedMap<String, Tensor> values;
  private final List<Output> outputs = new ArrayList<>();
  private final Arena arena;

  /**
   * A result.
   *
   * @param data little-endian; valid while the run is open
   */
  public record Output(TensorInfo info, MemorySegment data) {}

  @SuppressWarnings("MustBeClosed") // the arena lives as long as the run
  private TensorRun(String file, Map<String, Tensor> inputs) {
    this.file = file;
    this.values = new TreeMap<>(inputs);
    this.arena = Arena.ofShared();
  }

  /**
   * Runs all parts whose inputs are there.
   *
   * @param file where the inputs are from, for messages
   * @param parts of the component, by name
   * @throws org.m4fw.base.problem.ProblemException with a {@link HostError}
   */
  public static TensorRun execute(
      String file,
      Map<String, CompiledModel> parts,
      Optional<RuntimeAdapter> adapter,
      Map<String, Tensor> inputs) {
    TensorRun run = new TensorRun(file, inputs);
    try {
      parts.forEach((name, part) -> run.part(name, part, adapter));
      if (run.outputs.isEmpty()) {
        throw HostError.MISSING_INPUT.at(file, "", inputNames(parts));
      }
      return run;
    } catch (RuntimeException | Error e) {
      run.close();
      throw e;
    }
  }

  private static String inputNames(Map<String, CompiledModel> parts) {
    TreeSet<String> names = new TreeSet<>();
    parts
        .values()
        .forEach(
            part -> {
              if (part.facts().decoder().isPresent()) {
                names.add("input_ids");
              } else {
                names.addAll(part.inputs().keySet());
              }
            });
    return String.join(", ", names);
  }

  /** The results, in the order in which they were computed. */
  public List<Output> outputs() {
    return List.copyOf(outputs);
  }

  private void part(String name, CompiledModel part, Optional<RuntimeAdapter> adapter) {
    if (part.facts().decoder().isPresent()) {
      if (values.containsKey("input_ids")) {
        decode(name, part, adapter);
      }
    } else if (values.keySet().containsAll(part.inputs().keySet())) {
      try (Component component = Component.open(name, part)) {
        component.run(file, values, arena).forEach(this::keep);
      }
    }
  }

  private void decode(String name, CompiledModel part, Optional<RuntimeAdapter> adapter) {
    TokenTensor prompt = TokenTensor.of(file, "input_ids", values).orElseThrow();
    Optional<TokenTensor> next = TokenTensor.of(file, "next_ids", values);
    if (next.isPresent() && next.get().batch() != prompt.batch()) {
      throw HostError.WRONG_INPUT.at(
          file,
          "next_ids",
          "a batch of " + next.get().batch(),
          prompt.batch() + " as in input_ids");
    }
    int capacity = prompt.length() + next.map(TokenTensor::length).orElse(0);
    try (Decoder decoder = Decoder.open(name, part, adapter);
        DecoderRun run = decoder.start(prompt.batch(), capacity)) {
      keep("logits", run.feed(prompt.ids()));
      next.ifPresent(tokens -> keep("next_logits", run.feed(tokens.ids())));
    }
  }

  private void keep(String name, Logits logits) {
    MemorySegment scores = MemorySegment.ofBuffer(logits.values());
    MemorySegment copy = arena.allocate(scores.byteSize(), Float.BYTES).copyFrom(scores);
    Shape shape = Shape.of(logits.batch(), logits.length(), logits.vocabulary());
    outputs.add(new Output(new TensorInfo(name, DType.F32, shape), copy));
  }

  private void keep(Tensor tensor) {
    values.put(tensor.name(), tensor);
    outputs.add(
        new Output(new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape()), tensor.data()));
  }

  @Override
  public void close() {
    arena.close();
  }
}
