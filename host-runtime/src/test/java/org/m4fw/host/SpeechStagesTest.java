package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.rewrite.HostCut;
import org.m4fw.graph.rewrite.LiteRewrites;
import org.m4fw.graph.tflite.LiteCompiler;
import org.m4fw.graph.tflite.LiteWriter;
import org.m4fw.targets.Targets;

/**
 * Speech in stages, with room for more tokens and frames than there are, against what PyTorch and
 * transformers computed without any.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
final class SpeechStagesTest {
  private static final int SPARE_TOKENS = 3;
  private static final int SPARE_FRAMES = 7;

  @TempDir Path directory;

  private final SortedMap<String, Tensor> values = new TreeMap<>();

  @ParameterizedTest
  @ValueSource(strings = {"vits-f32", "vits-durations-f32", "vits-speakers-f32"})
  void stagesWithRoomToSpareGiveTheOriginalsSamples(String golden) {
    check(golden, this::onThisMachine);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vits-f32", "vits-durations-f32", "vits-speakers-f32"})
  void filesForThePhonesGpuGiveTheOriginalsSamples(String golden) {
    check(golden, this::asFile);
  }

  @Test
  void filesOfTheExampleGiveTheSamplesOfItsWholeGraph() {
    long[] ids = {0, 7, 0, 21, 0, 13, 0, 2, 0};
    try (Checkpoint checkpoint =
            Checkpoint.open(Models.ROOT.resolve("examples/m4-tiny/models/mms-tts-eng"));
        Arena arena = Arena.ofConfined()) {
      Graph whole = ModelImporter.importModel(checkpoint).part("synthesizer");
      SortedMap<String, Tensor> given = new TreeMap<>();
      given.put("input_ids", row("input_ids", ids, arena));
      TargetGraph host = Legalizer.legalize(whole, LiteParityTest.plainHost(), AdapterInputs.NONE);
      given.putAll(LiteParityTest.run(host, Models.asTheyAre(whole), given, arena));
      check(checkpoint, given, this::asFile, arena);
    }
  }

  private interface Stage {
    void run(String name, Graph graph, Arena arena);
  }

  private void check(String golden, Stage devices) {
    Path model = Models.golden(golden);
    try (Checkpoint checkpoint = Checkpoint.open(model);
        MappedFile expected = MappedFile.open(model.resolve("expected.safetensors"));
        Arena arena = Arena.ofConfined()) {
      check(checkpoint, SafetensorsReader.read(expected).tensors(), devices, arena);
    }
  }

  private void check(
      Checkpoint checkpoint, SortedMap<String, Tensor> given, Stage devices, Arena arena) {
    Tensor waveform = requireNonNull(given.get("waveform"));
    tokens(requireNonNull(given.get("input_ids")), arena);
    if (given.containsKey("speaker_id")) {
      values.put("speaker_id", requireNonNull(given.get("speaker_id")));
    }
    Model stages = ModelImporter.importModel(checkpoint).inStages();
    assertEquals(List.of("text", Model.LENGTHS, "speech"), List.copyOf(stages.parts().keySet()));
    devices.run("text", stages.part("text"), arena);
    onThisMachine(Model.LENGTHS, stages.part(Model.LENGTHS), arena);
    long frames = requireNonNull(values.get("frame_numbers")).shape().dim(0);
    values.put("frame_numbers", longs("frame_numbers", numbers(frames + SPARE_FRAMES), arena));
    devices.run("speech", stages.part("speech"), arena);
    long samples = waveform.shape().dim(1);
    Tensor found = requireNonNull(values.get("waveform"));
    assertTrue(samples < found.shape().count());
    double error = Deviation.relative(waveform.data(), found.data().asSlice(0, 4 * samples));
    assertTrue(error <= 1e-4, () -> "off by " + error);
  }

  /** The first text of the batch, then tokens that are none. */
  private void tokens(Tensor ids, Arena arena) {
    int count = (int) ids.shape().dim(1);
    long[] longer = new long[count + SPARE_TOKENS];
    long[] mask = new long[longer.length];
    for (int i = 0; i < longer.length; i++) {
      mask[i] = i < count ? 1 : 0;
      longer[i] = i < count ? ids.data().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i) : 5 + i;
    }
    values.put("input_ids", row("input_ids", longer, arena));
    values.put("attention_mask", row("attention_mask", mask, arena));
  }

  private static long[] numbers(long count) {
    long[] numbers = new long[(int) count];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    return numbers;
  }

  private static Tensor row(String name, long[] values, Arena arena) {
    Tensor flat = longs(name, values, arena);
    return new Tensor(name, DType.I64, Shape.of(1, values.length), flat.extent(), flat.data());
  }

  private static Tensor longs(String name, long[] values, Arena arena) {
    MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_LONG, values);
    return new Tensor(
        name,
        DType.I64,
        Shape.of(values.length),
        new Extent(Path.of(name), 0, data.byteSize()),
        data);
  }

  private void onThisMachine(String name, Graph graph, Arena arena) {
    TargetGraph host = Legalizer.legalize(graph, LiteParityTest.plainHost(), AdapterInputs.NONE);
    values.putAll(LiteParityTest.run(host, Models.asTheyAre(graph), values, arena));
  }

  /** As a .tflite file of this size, which TensorFlow Lite runs. */
  private void asFile(String name, Graph graph, Arena arena) {
    SortedMap<String, EncodedWeight> weights = Models.asTheyAre(graph);
    SortedMap<String, Long> sizes = new TreeMap<>();
    sizes.put("batch_size", 1L);
    sizes.put("sequence_length", requireNonNull(values.get("input_ids")).shape().dim(1));
    Tensor frames = values.get("frame_numbers");
    if (frames != null) {
      sizes.put("frames", frames.shape().dim(0));
    }
    HostCut cut =
        LiteRewrites.lower(
                name,
                Legalizer.legalize(graph, Targets.find("pixel7pro-gpu"), AdapterInputs.NONE)
                    .graph(),
                sizes,
                new LiteRewrites.Arithmetic.Floating())
            .cut();
    cut.host()
        .ifPresent(
            host ->
                values.putAll(
                    LiteParityTest.run(
                        new TargetGraph(
                            host.graph(), LiteParityTest.plainHost(), AdapterInputs.NONE),
                        weights,
                        values,
                        arena)));
    SequencedMap<String, FixedGraph> graphs = new LinkedHashMap<>(Map.of("main", cut.device()));
    Path file = directory.resolve(name + ".tflite");
    try (OutputFile out = OutputFile.create(file)) {
      LiteWriter.append(LiteCompiler.compile(name, graphs, weights), out);
      out.commit();
    }
    SortedMap<String, byte[]> inputs = new TreeMap<>();
    cut.device()
        .graph()
        .inputs()
        .forEach(
            port ->
                inputs.put(
                    port.name(), LiteParityTest.bytes(requireNonNull(values.get(port.name())))));
    LiteOracle.run(file, "main", true, inputs)
        .forEach(
            (output, bytes) -> {
              MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
              values.put(
                  output,
                  new Tensor(
                      output,
                      DType.F32,
                      new Shape(cut.device().value(output).dims()),
                      new Extent(Path.of(output), 0, bytes.length),
                      data));
            });
  }
}
