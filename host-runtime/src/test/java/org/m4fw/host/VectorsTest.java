package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.pass.EmbeddingSplit;

/** A decoder that takes vectors, and adapters that put some before the prompt. */
final class VectorsTest {
  private static final int WIDTH = 64;
  private static final long[] IDS = {1, 17, 42, 99, 1, 8, 200, 3};

  private final Checkpoint checkpoint = Checkpoint.open(Models.golden("llama-mha-f16"));

  @AfterEach
  void close() {
    checkpoint.close();
  }

  private SequencedMap<String, CompiledModel> split(String target) {
    AdapterInputs inputs =
        target.equals("jetson-orin-nx") ? AdapterInputs.REQUIRED : AdapterInputs.OPTIONAL;
    SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
    EmbeddingSplit.apply("llama", ModelImporter.importModel(checkpoint))
        .parts()
        .forEach((name, graph) -> parts.put(name, Models.compile(graph, target, inputs)));
    return parts;
  }

  private CompiledModel whole() {
    return Models.compile(checkpoint, "host", AdapterInputs.OPTIONAL);
  }

  private Decoder decoder(Map<String, CompiledModel> parts, Optional<RuntimeAdapter> adapter) {
    return Decoder.open(
        "llama",
        requireNonNull(parts.get(Model.DECODER)),
        Optional.ofNullable(parts.get(Model.EMBEDDING)),
        adapter);
  }

  private static void refused(ErrorCode code, Runnable action) {
    ProblemException e = assertThrows(ProblemException.class, action::run);
    assertEquals(code, e.problem().code(), e.getMessage());
  }

  private record Virtual(VirtualTokens tokens) implements RuntimeAdapter {
    @Override
    public String name() {
      return "virtual";
    }

    @Override
    public byte[] onnxAdapter(ElementType type) {
      return new byte[0];
    }

    @Override
    public SortedMap<String, Matrix> matrices() {
      return new TreeMap<>();
    }

    @Override
    public RuntimeAdapter only(Set<String> inputs) {
      return this;
    }

    @Override
    public Optional<VirtualTokens> virtualTokens() {
      return Optional.of(tokens);
    }
  }

  private static Optional<RuntimeAdapter> vectors(int count, int width) {
    float[] values = new float[count * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i);
    }
    return Optional.of(
        new Virtual(new VirtualTokens.Vectors(new RuntimeAdapter.Matrix(count, width, values))));
  }

  private static Optional<RuntimeAdapter> cache(int count, int columns) {
    RuntimeAdapter.Matrix entries =
        new RuntimeAdapter.Matrix(count, columns, new float[count * columns]);
    return Optional.of(new Virtual(new VirtualTokens.Cache(entries)));
  }

  private static float[] last(Logits logits, int row) {
    float[] scores = new float[logits.vocabulary()];
    logits.read(row, logits.length() - 1, scores);
    return scores;
  }

  @ParameterizedTest
  @CsvSource({"host, 1e-4", "pixel7pro-cpu, 1e-4", "jetson-orin-nx, 5e-3"})
  void vectorsBetweenTokensGiveTheLogitsOfTheOriginal(String target, double tolerance) {
    try (MappedFile file =
        MappedFile.open(Models.golden("path1").resolve("expected.safetensors"))) {
      SortedMap<String, Tensor> expected = SafetensorsReader.read(file).tensors();
      try (TensorRun run = TensorRun.execute("path1", split(target), Optional.empty(), expected)) {
        assertEquals("logits", run.outputs().getFirst().info().name());
        Tensor original = requireNonNull(expected.get("logits"));
        assertEquals(original.shape(), run.outputs().getFirst().info().shape());
        float[] wanted = TensorFloats.all(original);
        double largest = 0;
        double error = 0;
        for (int i = 0; i < wanted.length; i++) {
          float found =
              run.outputs().getFirst().data().getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
          largest = Math.max(largest, Math.abs(wanted[i]));
          error = Math.max(error, Math.abs(wanted[i] - found));
        }
        assertTrue(error <= tolerance * largest, "off by " + error / largest);
      }
    }
  }

  @Test
  void tokensThroughTheTableGiveWhatTheWholeGraphGives() {
    try (Decoder split = decoder(split("host"), Optional.empty());
        Decoder whole = Decoder.open("llama", whole(), Optional.empty());
        DecoderRun one = split.start(2, 4);
        DecoderRun other = whole.start(2, 4)) {
      Logits expected = other.feed(IDS);
      Logits actual = one.feed(IDS);
      assertArrayEquals(last(expected, 0), last(actual, 0), 1e-5f);
      assertArrayEquals(last(expected, 1), last(actual, 1), 1e-5f);
    }
  }

  @Test
  void virtualTokensComeBeforeEverySequenceOfABatch() {
    try (Decoder decoder = decoder(split("host"), vectors(3, WIDTH));
        DecoderRun both = decoder.start(2, 4);
        DecoderRun alone = decoder.start(1, 4)) {
      assertEquals(3, both.opening().map(Logits::length).orElse(0));
      assertEquals(0, both.length());
      float[] expected = last(alone.feed(new long[] {1, 8, 200, 3}), 0);
      assertArrayEquals(expected, last(both.feed(IDS), 1), 1e-5f);
      assertEquals(4, both.length());
    }
  }

  @Test
  void virtualTokensTakeTheirPartOfTheContext() {
    try (Decoder decoder = decoder(split("host"), vectors(3, WIDTH))) {
      assertEquals(125, decoder.context());
      refused(HostError.TOO_LONG, () -> decoder.start(1, 126).close());
    }
  }

  @Test
  void moreTokensThanThereIsRoomForAreRejected() {
    try (Decoder decoder = decoder(split("host"), vectors(3, WIDTH));
        DecoderRun run = decoder.start(1, 4)) {
      refused(HostError.TOO_LONG, () -> run.feed(new long[5]));
    }
  }

  @Test
  void virtualTokensForAGraphThatTakesTokensOnlyAreRejected() {
    refused(
        HostError.NEEDS_VECTORS, () -> Decoder.open("llama", whole(), vectors(3, WIDTH)).close());
  }

  @Test
  void virtualTokensOfAnotherWidthAreRejected() {
    refused(
        HostError.WRONG_VIRTUAL_TOKENS,
        () -> decoder(split("host"), vectors(3, WIDTH + 1)).close());
  }

  @Test
  void prefixForAnotherNumberOfLayersIsRejected() {
    refused(
        HostError.WRONG_VIRTUAL_TOKENS,
        () -> Decoder.open("llama", whole(), cache(3, 2 * 2 * WIDTH)).close());
  }

  @Test
  void prefixThatLeavesNoRoomForTokensIsRejected() {
    refused(
        HostError.TOO_LONG,
        () -> Decoder.open("llama", whole(), cache(128, 2 * 3 * WIDTH)).close());
  }

  @Test
  void vectorsOfAnotherWidthAreRejected() {
    try (MappedFile file =
        MappedFile.open(Models.golden("path1").resolve("expected.safetensors"))) {
      SortedMap<String, Tensor> tensors = new TreeMap<>(SafetensorsReader.read(file).tensors());
      tensors.put("inputs_embeds", requireNonNull(tensors.get("logits")));
      refused(
          HostError.WRONG_INPUT,
          () -> TensorRun.execute("path1", split("host"), Optional.empty(), tensors).close());
    }
  }

  @Test
  void vectorsForAGraphThatTakesTokensOnlyAreMissingTokens() {
    try (MappedFile file =
        MappedFile.open(Models.golden("path1").resolve("expected.safetensors"))) {
      SortedMap<String, Tensor> tensors = SafetensorsReader.read(file).tensors();
      refused(
          HostError.MISSING_INPUT,
          () ->
              TensorRun.execute("path1", Map.of(Model.DECODER, whole()), Optional.empty(), tensors)
                  .close());
    }
  }

  @Test
  void namesOfTheOutputsDoNotTellOfTheTable() {
    try (MappedFile file =
        MappedFile.open(Models.golden("llama-mha-f16").resolve("expected.safetensors"))) {
      try (TensorRun run =
          TensorRun.execute(
              "llama", split("host"), Optional.empty(), SafetensorsReader.read(file).tensors())) {
        assertEquals(
            List.of("logits", "next_logits"),
            run.outputs().stream().map(output -> output.info().name()).toList());
      }
    }
  }
}
