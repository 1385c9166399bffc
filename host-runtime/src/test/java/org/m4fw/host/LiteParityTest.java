package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.fixed.SizeBinding;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.graph.rewrite.HostCut;
import org.m4fw.graph.rewrite.LiteRewrites;
import org.m4fw.graph.tflite.LiteCompiler;
import org.m4fw.graph.tflite.LiteWriter;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * Files for the phone's GPU, run by TensorFlow Lite, against the graphs before, run by ONNX
 * Runtime.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
final class LiteParityTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "m4-tiny/models/imagebind, vision, batch_size=1",
    "m4-tiny/models/imagebind, text, batch_size=1",
    "m4-tiny/models/imagebind, audio, batch_size=1 clips=3",
    "m4-tiny/models/imagebind, imu, batch_size=1",
    "m4-tiny/models/whisper, encoder, batch_size=1",
    "m4-tiny/models/whisper, memory, batch_size=1",
    "m4-tiny/models/whisper, decoder, batch_size=1 sequence_length=8 past_sequence_length=0",
    "m4-tiny/models/llama-proj, projection, batch_size=1",
    "../tests/fixtures/goldens/fastspeech2-f32, vocoder, batch_size=1 frames=9",
    "m4-tiny/models/stable-diffusion, text_encoder, batch_size=1 sequence_length=77",
    "m4-tiny/models/stable-diffusion, unet, batch_size=1 height=16 width=16 timesteps=1 context_length=77",
    "m4-tiny/models/stable-diffusion, encode, batch_size=1 image_height=32 image_width=32",
    "m4-tiny/models/stable-diffusion, decode, batch_size=1 latent_height=8 latent_width=8",
    "kjv/kjv-llama, decoder, batch_size=1 sequence_length=8 past_sequence_length=0 total_sequence_length=8",
    "kjv/kjv-llama, decoder, batch_size=1 sequence_length=1 past_sequence_length=15 total_sequence_length=16",
  })
  void everyComponentAgreesWithItsGraph(String model, String part, String sizes) {
    check(model, part, sizes, AdapterInputs.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "m4-tiny/models/imagebind, vision, batch_size=1",
    "m4-tiny/models/imagebind, imu, batch_size=2",
    "m4-tiny/models/whisper, memory, batch_size=1",
    "m4-tiny/models/whisper, decoder, batch_size=1 sequence_length=8 past_sequence_length=0",
    "m4-tiny/models/llama-proj, projection, batch_size=3",
    "m4-tiny/models/stable-diffusion, text_encoder, batch_size=1 sequence_length=77",
    "m4-tiny/models/stable-diffusion, unet, batch_size=1 height=16 width=16 timesteps=1 context_length=77",
    "kjv/kjv-llama, decoder, batch_size=2 sequence_length=4 past_sequence_length=3 total_sequence_length=7",
  })
  void everyComponentTakesAnAdapterAsItsGraphDoes(String model, String part, String sizes) {
    check(model, part, sizes, AdapterInputs.PADDED);
  }

  private void check(String model, String part, String sizes, AdapterInputs adapters) {
    SortedMap<String, Long> bound = new TreeMap<>();
    Arrays.stream(sizes.split(" "))
        .map(size -> size.split("="))
        .forEach(size -> bound.put(size[0], Long.valueOf(size[1])));
    try (Checkpoint checkpoint = Checkpoint.open(Models.ROOT.resolve("examples").resolve(model));
        Arena arena = Arena.ofConfined()) {
      Graph graph = ModelImporter.importModel(checkpoint).part(part);
      graph.attachmentPoints().forEach(point -> bound.put(point.rankAxis(), 5L));
      check(graph, bound, adapters, arena);
    }
  }

  private void check(Graph graph, Map<String, Long> sizes, AdapterInputs adapters, Arena arena) {
    SortedMap<String, EncodedWeight> weights = Models.asTheyAre(graph);
    Target host = plainHost();
    TargetGraph before = Legalizer.legalize(graph, host, adapters);
    SortedMap<String, Tensor> inputs =
        inputs(SizeBinding.bind("test", before.graph(), sizes), arena);
    SortedMap<String, Tensor> expected = run(before, weights, inputs, arena);

    Graph lowered = Legalizer.legalize(graph, Targets.find("pixel7pro-gpu"), adapters).graph();
    HostCut cut =
        LiteRewrites.lower("test", lowered, sizes, new LiteRewrites.Arithmetic.Floating()).cut();
    SortedMap<String, Tensor> given = new TreeMap<>(inputs);
    cut.host()
        .ifPresent(
            part ->
                given.putAll(
                    run(
                        new TargetGraph(part.graph(), host, AdapterInputs.NONE),
                        weights,
                        inputs,
                        arena)));
    SequencedMap<String, FixedGraph> graphs = new LinkedHashMap<>(Map.of("main", cut.device()));
    Path file = directory.resolve("model.tflite");
    try (OutputFile out = OutputFile.create(file)) {
      LiteWriter.append(LiteCompiler.compile("test", graphs, weights), out);
      out.commit();
    }
    SortedMap<String, byte[]> bytes = new TreeMap<>();
    cut.device().graph().inputs().stream()
        .filter(port -> cut.device().value(port.name()).count() > 0)
        .forEach(port -> bytes.put(port.name(), bytes(requireNonNull(given.get(port.name())))));
    for (boolean delegated : List.of(false, true)) {
      SortedMap<String, byte[]> outputs = LiteOracle.run(file, "main", delegated, bytes);
      assertEquals(expected.keySet(), outputs.keySet());
      outputs.forEach(
          (name, found) -> compare(name, delegated, requireNonNull(expected.get(name)), found));
    }
  }

  private static void compare(String name, boolean delegated, Tensor expected, byte[] found) {
    double error = Deviation.relative(expected.data(), MemorySegment.ofArray(found));
    assertTrue(
        error <= 1e-3, () -> "%s is off by %s, delegate %s".formatted(name, error, delegated));
  }

  static Target plainHost() {
    Target host = Targets.find("host");
    return new Target(
        host.id(),
        host.description(),
        host.runtime(),
        host.operators().stream()
            .filter(
                operator ->
                    operator.domain().equals("ai.onnx")
                        && !operator.name().equals("SimplifiedLayerNormalization"))
            .toList(),
        host.encodings(),
        host.activations(),
        host.figures());
  }

  static SortedMap<String, Tensor> run(
      TargetGraph graph,
      SortedMap<String, EncodedWeight> weights,
      SortedMap<String, Tensor> inputs,
      Arena arena) {
    SortedMap<String, EncodedWeight> used = new TreeMap<>(weights);
    used.keySet().retainAll(graph.graph().weights().keySet());
    CompiledModel model = OnnxCompiler.compile("reference", new QuantizedGraph(graph, used));
    SortedMap<String, Tensor> outputs = new TreeMap<>();
    try (Component component = Component.open("reference", model)) {
      component.run("test", inputs, arena).forEach(tensor -> outputs.put(tensor.name(), tensor));
    }
    return outputs;
  }

  private static SortedMap<String, Tensor> inputs(FixedGraph graph, Arena arena) {
    Random random = new Random(7);
    SortedMap<String, Tensor> inputs = new TreeMap<>();
    for (Port port : graph.graph().inputs()) {
      Shape shape = new Shape(graph.value(port.name()).dims());
      boolean whole = port.type() == ElementType.INT64;
      MemorySegment data = arena.allocate(Math.max(1, (whole ? 8 : 4) * shape.count()), 64);
      for (long i = 0; i < shape.count(); i++) {
        if (whole) {
          data.setAtIndex(ValueLayout.JAVA_LONG, i, whole(port.name(), i, random, graph));
        } else {
          float size = AttachmentPoint.isMatrix(port.name()) ? 0.1f : 1;
          data.setAtIndex(ValueLayout.JAVA_FLOAT, i, size * (float) random.nextGaussian());
        }
      }
      long size = (whole ? 8 : 4) * shape.count();
      inputs.put(
          port.name(),
          new Tensor(
              port.name(),
              whole ? DType.I64 : DType.F32,
              shape,
              new Extent(Path.of(port.name()), 0, size),
              data.asSlice(0, size)));
    }
    return inputs;
  }

  private static long whole(String name, long index, Random random, FixedGraph graph) {
    return switch (name) {
      case "attention_mask" -> index == 2 ? 0 : 1;
      case "position_ids" ->
          index
              + graph.value("attention_mask").dims().get(1)
              - graph.value("position_ids").dims().get(1);
      case "timestep" -> 321;
      default -> 1 + random.nextInt(200);
    };
  }

  static byte[] bytes(Tensor tensor) {
    if (tensor.dtype() == DType.F32) {
      return tensor.data().toArray(ValueLayout.JAVA_BYTE);
    }
    ByteBuffer ints =
        ByteBuffer.allocate(Math.toIntExact(4 * tensor.shape().count()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (long i = 0; i < tensor.shape().count(); i++) {
      ints.putInt((int) tensor.data().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i));
    }
    return ints.array();
  }
}
