package org.m4fw.tests.lite;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.m4fw.adapter.lite.LiteForm;
import org.m4fw.adapter.lite.LiteSlot;
import org.m4fw.adapter.lora.LoraAdapter;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.cli.adapter.LiteSlots;
import org.m4fw.cli.pipeline.LiteSizes;
import org.m4fw.cli.pipeline.LiteTargetModel;
import org.m4fw.cli.pipeline.TargetModel;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.tflite.LiteModel.Signature;
import org.m4fw.graph.tflite.LitePlacement;
import org.m4fw.graph.tflite.LiteWriter;
import org.m4fw.host.Component;
import org.m4fw.host.LiteOracle;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.targets.Target;

/**
 * A language model as a .tflite file on disk, for prompts of one size over an empty cache.
 *
 * @param prompts all inputs of the signature for each of them, matrices of adapters as zeros
 */
record LiteDecoder(
    Path file, Signature signature, Target target, List<SortedMap<String, byte[]>> prompts) {

  /**
   * Compiles a model.
   *
   * @param prompts all of one shape, [batch, length]
   */
  static LiteDecoder compile(
      Model model,
      Target target,
      TargetModel.Quantization quantization,
      Adapted adapted,
      List<Tensor> prompts,
      Path file) {
    Shape shape = prompts.getFirst().shape();
    SortedMap<String, Long> sizes =
        new TreeMap<>(
            Map.of(
                "batch_size",
                shape.dim(0),
                "sequence_length",
                shape.dim(1),
                "past_sequence_length",
                0L));
    try (WeightStore store = WeightStore.temporary(WeightEncoder.create())) {
      LiteTargetModel made =
          LiteTargetModel.make(
              "model",
              model,
              target,
              quantization,
              new LiteSizes(List.of(sizes), adapted.rank(), adapted.representative()),
              store,
              Progress.silent());
      LiteTargetModel.Part part = made.parts().getFirst();
      try (OutputFile out = OutputFile.create(file)) {
        LiteWriter.append(part.file(), out);
        out.commit();
      }
      Signature signature = part.file().signatures().getFirst();
      try (Component host = Component.open("host", part.ways().getFirst().host().orElseThrow())) {
        return new LiteDecoder(
            file,
            signature,
            target,
            prompts.stream().map(ids -> inputs(signature, host, ids)).toList());
      }
    }
  }

  /** How a file takes adapters. */
  record Adapted(OptionalInt rank, SortedMap<String, Tensor> representative) {
    static Adapted none() {
      return new Adapted(OptionalInt.empty(), new TreeMap<>());
    }

    static Adapted of(int rank) {
      return new Adapted(OptionalInt.of(rank), new TreeMap<>());
    }
  }

  private static SortedMap<String, byte[]> inputs(Signature signature, Component host, Tensor ids) {
    SortedMap<String, byte[]> inputs = new TreeMap<>();
    try (Arena arena = Arena.ofConfined()) {
      Shape shape = ids.shape();
      long length = shape.dim(1);
      SortedMap<String, Tensor> given = new TreeMap<>();
      given.put("input_ids", ids);
      given.put("attention_mask", longs("attention_mask", shape, index -> 1, arena));
      given.put("position_ids", longs("position_ids", shape, index -> index % length, arena));
      host.run("test", given, arena).forEach(tensor -> given.put(tensor.name(), tensor));
      signature
          .inputs()
          .forEach((name, number) -> inputs.put(name, bytes(signature, number, given.get(name))));
    }
    return inputs;
  }

  private static Tensor longs(String name, Shape shape, LongUnaryOperator value, Arena arena) {
    MemorySegment data = arena.allocate(8 * shape.count(), 64);
    for (long i = 0; i < shape.count(); i++) {
      data.setAtIndex(ValueLayout.JAVA_LONG, i, value.applyAsLong(i));
    }
    return new Tensor(name, DType.I64, shape, new Extent(Path.of(name), 0, data.byteSize()), data);
  }

  /** What the host has not made is a matrix of an adapter, and none. */
  private static byte[] bytes(Signature signature, int number, @Nullable Tensor given) {
    var tensor = signature.tensors().get(number);
    return given == null
        ? new byte[Math.toIntExact(tensor.type().bytes(tensor.count()))]
        : LiteRun.bytes(tensor, LiteRun.floats(given));
  }

  SortedMap<String, LiteSlot> slots() {
    return LiteSlots.of(file);
  }

  /** The inputs of a prompt with the matrices of an adapter. */
  SortedMap<String, byte[]> with(LoraAdapter adapter, SortedMap<String, byte[]> prompt) {
    byte[] form = LiteForms.bytes(LiteForm.of("adapter", adapter, slots()));
    SortedMap<String, byte[]> all = new TreeMap<>(prompt);
    SafetensorsReader.read(Path.of("form"), 0, MemorySegment.ofArray(form))
        .tensors()
        .forEach(
            (name, tensor) ->
                all.computeIfPresent(
                    name, (input, zeros) -> tensor.data().toArray(ValueLayout.JAVA_BYTE)));
    return all;
  }

  /** The logits of each turn, all in one interpreter. */
  List<float[]> logits(boolean delegated, List<SortedMap<String, byte[]>> turns) {
    var tensor = signature.tensors().get(requireNonNull(signature.outputs().get("logits")));
    return LiteOracle.inTurn(file, signature.key(), delegated, turns).stream()
        .map(outputs -> LiteRun.floats(tensor, requireNonNull(outputs.get("logits"))))
        .toList();
  }

  /** What the device does not take, one line each. */
  List<String> refused() {
    return LitePlacement.of(signature, target).stream()
        .filter(place -> !place.onDevice())
        .map(place -> "%s: %s".formatted(place.operation().origin(), place.rule()))
        .toList();
  }

  /** Without a scheme. */
  static TargetModel.Quantization asItComes() {
    return TargetModel.Quantization.of(Optional.empty());
  }
}
