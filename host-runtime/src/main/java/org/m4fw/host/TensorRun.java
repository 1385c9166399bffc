package org.m4fw.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.graph.onnx.GraphFacts;

/**
 * Runs a decoder on named tensors. Inputs: {@code input_ids} I64 [B, S]; {@code next_ids} I64 [B,
 * T], fed after them on the cache. Outputs: {@code logits} F32 [B, S, vocabulary] and, where {@code
 * next_ids} is given, {@code next_logits}. Other tensors are ignored.
 */
public final class TensorRun {
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);

  private final GraphFacts facts;
  private final Tokens prompt;
  private final Optional<Tokens> next;

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Tokens(int batch, int length, long[] ids) {}

  private TensorRun(GraphFacts facts, Tokens prompt, Optional<Tokens> next) {
    this.facts = facts;
    this.prompt = prompt;
    this.next = next;
  }

  /**
   * Checks the inputs.
   *
   * @param file for messages
   * @throws org.m4fw.base.problem.ProblemException with a {@link HostError}
   */
  public static TensorRun of(String file, GraphFacts facts, Map<String, Tensor> inputs) {
    Tokens prompt =
        tokens(file, "input_ids", inputs)
            .orElseThrow(
                () ->
                    HostError.MISSING_INPUT.at(
                        file, "input_ids", "input_ids [batch, length] and, if wanted, next_ids"));
    Optional<Tokens> next = tokens(file, "next_ids", inputs);
    if (next.isPresent() && next.get().batch() != prompt.batch()) {
      throw HostError.WRONG_INPUT.at(
          file,
          "next_ids",
          "a batch of " + next.get().batch(),
          prompt.batch() + " as in input_ids");
    }
    return new TensorRun(facts, prompt, next);
  }

  private static Optional<Tokens> tokens(String file, String name, Map<String, Tensor> inputs) {
    Tensor tensor = inputs.get(name);
    if (tensor == null) {
      return Optional.empty();
    }
    Shape shape = tensor.shape();
    boolean integers = tensor.dtype() == DType.I64 || tensor.dtype() == DType.I32;
    if (!integers || shape.rank() != 2 || shape.count() == 0 || shape.count() > 1 << 24) {
      throw HostError.WRONG_INPUT.at(
          file, name, "%s %s".formatted(tensor.dtype(), shape), "I64 [batch, length]");
    }
    return Optional.of(
        new Tokens((int) shape.dim(0), (int) shape.dim(1), ids(tensor, (int) shape.count())));
  }

  private static long[] ids(Tensor tensor, int count) {
    long[] ids = new long[count];
    for (int i = 0; i < count; i++) {
      ids[i] =
          tensor.dtype() == DType.I64
              ? tensor.data().get(I64, 8L * i)
              : tensor
                  .data()
                  .get(
                      ValueLayout.JAVA_INT_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN),
                      4L * i);
    }
    return ids;
  }

  /** The outputs, in the order in which {@link #execute} gives them. */
  public List<TensorInfo> outputs() {
    List<TensorInfo> outputs = new ArrayList<>();
    outputs.add(info("logits", prompt));
    next.ifPresent(tokens -> outputs.add(info("next_logits", tokens)));
    return outputs;
  }

  private TensorInfo info(String name, Tokens tokens) {
    return new TensorInfo(
        name, DType.F32, Shape.of(tokens.batch(), tokens.length(), facts.geometry().vocabulary()));
  }

  /**
   * Runs.
   *
   * @param sink gets each output's name and bytes, valid during the call
   */
  public void execute(Decoder decoder, BiConsumer<String, MemorySegment> sink) {
    int capacity = prompt.length() + next.map(Tokens::length).orElse(0);
    try (DecoderRun run = decoder.start(prompt.batch(), capacity)) {
      sink.accept("logits", MemorySegment.ofBuffer(run.feed(prompt.ids()).values()));
      if (next.isPresent()) {
        sink.accept("next_logits", MemorySegment.ofBuffer(run.feed(next.get().ids()).values()));
      }
    }
  }
}
