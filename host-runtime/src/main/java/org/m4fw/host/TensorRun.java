package org.m4fw.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.onnx.CompiledModel;

/**
 * Runs a component on named tensors. Tensors that are no inputs are ignored; outputs whose inputs
 * are absent are not computed; what one part gives, the next may take.
 *
 * <p>What passes from an encoder to its decoder only, keys and values, is no result.
 *
 * <p>A decoder takes {@code input_ids} I64 [B, S] and gives {@code logits} F32 [B, S, vocabulary];
 * {@code next_ids} I64 [B, T] are fed after them on the cache and give {@code next_logits}. One
 * that follows an encoder takes {@code decoder_input_ids} instead. One that takes vectors is given
 * {@code inputs_embeds} [B, S, width] where there are no {@code input_ids}. Where an adapter puts
 * vectors before the prompt, {@code logits} has their positions too.
 */
public final class TensorRun implements AutoCloseable {
  /** A limit on what is copied, about what the longest prompt of a large model needs. */
  private static final long MOST_VECTOR_ELEMENTS = 1L << 28;

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
      parts.forEach((name, part) -> run.part(name, part, parts, adapter));
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
    parts.forEach(
        (name, part) -> {
          if (part.facts().decoder().isPresent()) {
            names.add(Decoder.ids(part));
          }
          if (part.facts().decoder().isEmpty()) {
            names.addAll(given(part));
          } else if (part.inputs().containsKey(Decoder.VECTORS)) {
            names.add(Decoder.VECTORS);
          }
        });
    return String.join(", ", names);
  }

  /**
   * What has to come from outside so that all parts run, by name, without what is for adapters. Of
   * a decoder that is its tokens, or vectors where no part takes tokens.
   */
  public static SortedMap<String, Port> inputs(Map<String, CompiledModel> parts) {
    SortedMap<String, Port> inputs = new TreeMap<>();
    boolean tokens = parts.values().stream().anyMatch(part -> WholeInputs.tokens(part).isPresent());
    for (CompiledModel part : parts.values()) {
      Set<String> names = given(part);
      if (part.facts().decoder().isPresent()) {
        String vectors = tokens || parts.containsKey(Model.EMBEDDING) ? "" : Decoder.VECTORS;
        names.retainAll(Set.of(WholeInputs.tokens(part).orElse(vectors)));
      }
      names.forEach(name -> inputs.put(name, Objects.requireNonNull(part.inputs().get(name))));
    }
    parts.values().forEach(part -> inputs.keySet().removeAll(part.outputNames()));
    return inputs;
  }

  /** The results, in the order in which they were computed. */
  public List<Output> outputs() {
    return List.copyOf(outputs);
  }

  private void part(
      String name,
      CompiledModel part,
      Map<String, CompiledModel> parts,
      Optional<RuntimeAdapter> adapter) {
    if (part.facts().decoder().isPresent()) {
      Optional<CompiledModel> embedding = Optional.ofNullable(parts.get(Model.EMBEDDING));
      Optional<RuntimeAdapter> mine =
          parts.size() == 1 ? adapter : adapter.map(whole -> whole.only(AdapterFit.inputs(part)));
      boolean vectors =
          part.inputs().containsKey(Decoder.VECTORS) && values.containsKey(Decoder.VECTORS);
      if (values.containsKey(Decoder.ids(part)) && DecoderMemory.isThere(part.inputs(), values)) {
        decode(name, part, embedding, mine);
      } else if (vectors) {
        decodeVectors(name, part, embedding, mine);
      }
    } else if (!(name.equals(Model.EMBEDDING) && parts.containsKey(Model.DECODER))
        && values.keySet().containsAll(given(part))) {
      try (Component component = Component.open(name, part, adapter)) {
        component.run(file, values, arena).forEach(this::keep);
      }
    }
  }

  /** The inputs that come from outside, those for adapters apart. */
  private static Set<String> given(CompiledModel part) {
    Set<String> given = new TreeSet<>(part.inputs().keySet());
    given.removeAll(AdapterFit.inputs(part));
    return given;
  }

  private void decode(
      String name,
      CompiledModel part,
      Optional<CompiledModel> embedding,
      Optional<RuntimeAdapter> adapter) {
    String ids = Decoder.ids(part);
    TokenTensor prompt = TokenTensor.of(file, ids, values).orElseThrow();
    Optional<TokenTensor> next = next(prompt.batch(), ids);
    int capacity = prompt.length() + next.map(TokenTensor::length).orElse(0);
    try (Decoder decoder = Decoder.open(name, part, embedding, adapter);
        Arena memory = Arena.ofConfined();
        DecoderRun run = decoder.start(prompt.batch(), capacity, memory(decoder, prompt, memory))) {
      keep(run, () -> run.feed(prompt.ids()), prompt.length(), next);
    }
  }

  private DecoderMemory memory(Decoder decoder, TokenTensor prompt, Arena arena) {
    if (!decoder.model().hasMemory()) {
      return DecoderMemory.none();
    }
    DecoderMemory memory =
        DecoderMemory.of(
            decoder.session().environment(), file, decoder.model().inputs(), values, arena);
    try {
      memory.requireBatch(file, decoder.ids(), prompt.batch());
      return memory;
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private void decodeVectors(
      String name,
      CompiledModel part,
      Optional<CompiledModel> embedding,
      Optional<RuntimeAdapter> adapter) {
    try (Decoder decoder = Decoder.open(name, part, embedding, adapter)) {
      Tensor prompt = vectors(decoder.geometry().width());
      int batch = Math.toIntExact(prompt.shape().dim(0));
      Optional<TokenTensor> next = next(batch, Decoder.VECTORS);
      int length = Math.toIntExact(prompt.shape().dim(1));
      int capacity = length + next.map(TokenTensor::length).orElse(0);
      try (DecoderRun run = decoder.start(batch, capacity)) {
        keep(run, () -> run.feedVectors(TensorFloats.all(prompt)), length, next);
      }
    }
  }

  private Tensor vectors(int width) {
    Tensor tensor = Objects.requireNonNull(values.get(Decoder.VECTORS));
    Shape shape = tensor.shape();
    if (!TensorFloats.canRead(tensor.dtype())
        || shape.rank() != 3
        || shape.dim(2) != width
        || shape.count() == 0
        || shape.count() > MOST_VECTOR_ELEMENTS) {
      throw HostError.WRONG_INPUT.at(
          file,
          Decoder.VECTORS,
          "%s %s".formatted(tensor.dtype(), shape),
          "F32 [batch, length, %s]".formatted(width));
    }
    return tensor;
  }

  private Optional<TokenTensor> next(int batch, String beside) {
    Optional<TokenTensor> next = TokenTensor.of(file, "next_ids", values);
    if (next.isPresent() && next.get().batch() != batch) {
      throw HostError.WRONG_INPUT.at(
          file, "next_ids", "a batch of " + next.get().batch(), batch + " as in " + beside);
    }
    return next;
  }

  /** Feeds a prompt and what comes next; scores at virtual tokens come before the prompt's. */
  private void keep(
      DecoderRun run, Supplier<Logits> prompt, int length, Optional<TokenTensor> next) {
    Optional<Logits> opening = run.opening();
    if (opening.isPresent()) {
      int before = opening.get().length();
      MemorySegment all = output("logits", opening.get(), before + length);
      copy(prompt.get(), all, before, before + length);
    } else {
      output("logits", prompt.get(), length);
    }
    next.ifPresent(tokens -> output("next_logits", run.feed(tokens.ids()), tokens.length()));
  }

  /** A new output of so many positions, whose first ones are these. */
  private MemorySegment output(String name, Logits logits, int length) {
    Shape shape = Shape.of(logits.batch(), length, logits.vocabulary());
    MemorySegment all = arena.allocate(Float.BYTES * shape.count(), Float.BYTES);
    copy(logits, all, 0, length);
    outputs.add(new Output(new TensorInfo(name, DType.F32, shape), all));
    return all;
  }

  private static void copy(Logits logits, MemorySegment into, int first, int length) {
    MemorySegment scores = MemorySegment.ofBuffer(logits.values());
    long position = (long) Float.BYTES * logits.vocabulary();
    long row = position * logits.length();
    for (int sequence = 0; sequence < logits.batch(); sequence++) {
      long to = position * ((long) sequence * length + first);
      MemorySegment.copy(scores, sequence * row, into, to, row);
    }
  }

  private void keep(Tensor tensor) {
    values.put(tensor.name(), tensor);
    if (!DecoderMemory.names(tensor.name())) {
      outputs.add(
          new Output(new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape()), tensor.data()));
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
