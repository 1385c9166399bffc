package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsReader;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;

/** Whisper's decoder on its caches, against what transformers computed for the same files. */
final class TranscriberTest {
  private static final Path WHISPER = Models.golden("whisper-f16");
  private static final Path EXPECTED = Models.golden("whisper-cache/expected.safetensors");
  private static final String PROMPT =
      """
      {"decoder_start_token_id": 3, "forced_decoder_ids": [[1, 40]], "no_timestamps_token_id": 41,
       "eos_token_id": %s, "suppress_tokens": [54]%s}
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "host, input_features, encoder_hidden logits next_logits, 1e-4",
    "host, encoder_hidden, logits next_logits, 1e-4",
    "pixel7pro-cpu, input_features, encoder_hidden logits next_logits, 1e-4",
    "jetson-orin-nx, input_features, encoder_hidden logits next_logits, 5e-3",
  })
  void promptAndStepsOnTheCacheMatchTheOriginal(
      String target, String sound, String outputs, double tolerance) {
    try (Checkpoint checkpoint = Checkpoint.open(WHISPER);
        MappedFile file = MappedFile.open(EXPECTED)) {
      SortedMap<String, Tensor> expected = SafetensorsReader.read(file).tensors();
      Map<String, Tensor> inputs = new TreeMap<>(expected);
      inputs.keySet().retainAll(List.of(sound, "decoder_input_ids", "next_ids"));
      try (TensorRun run =
          TensorRun.execute(
              "expected", Models.compileParts(checkpoint, target), Optional.empty(), inputs)) {
        assertEquals(
            List.of(outputs.split(" ")),
            run.outputs().stream().map(output -> output.info().name()).toList());
        for (TensorRun.Output output : run.outputs()) {
          Tensor original = requireNonNull(expected.get(output.info().name()));
          assertEquals(original.shape(), output.info().shape());
          double error = Deviation.relative(original.data(), output.data());
          assertTrue(error <= tolerance, () -> output.info().name() + " is off by " + error);
        }
      }
    }
  }

  @Test
  void transcriptIsThatOfTheOriginal() throws IOException {
    assertEquals(expected("transcript"), transcript(PROMPT.formatted(2, "")).ids());
  }

  @Test
  void tokensSuppressedAtTheBeginAreNotTheFirst() throws IOException {
    Generation generation = transcript(PROMPT.formatted(2, ", \"begin_suppress_tokens\": [147]"));
    assertEquals(List.of(3L, 40L, 41L), generation.prompt());
    assertEquals(expected("transcript_begin"), generation.ids());
    assertFalse(generation.ended());
  }

  @Test
  void transcriptStopsBeforeAnEndToken() throws IOException {
    Generation generation = transcript(PROMPT.formatted(19, ""));
    assertEquals(List.of(147L, 147L, 147L), generation.ids());
    assertTrue(generation.ended());
  }

  @Test
  void severalSoundsAtOnceAreRefused() {
    try (Checkpoint checkpoint = Checkpoint.open(WHISPER);
        MappedFile file = MappedFile.open(EXPECTED);
        Transcriber transcriber =
            Transcriber.open("model", Models.compileParts(checkpoint, "host"))) {
      Tensor both = requireNonNull(SafetensorsReader.read(file).tensors().get("input_features"));
      List<Long> prompt = List.of(3L);
      ProblemException e =
          assertThrows(
              ProblemException.class,
              () -> transcriber.transcribe("sounds", both, prompt, 4, token -> {}));
      assertEquals(HostError.WRONG_INPUT, e.problem().code());
      assertEquals("input_features", e.problem().item());
    }
  }

  @Test
  void decoderAloneSaysThatItNeedsItsEncoder() {
    try (Checkpoint checkpoint = Checkpoint.open(WHISPER)) {
      SequencedMap<String, CompiledModel> parts = Models.compileParts(checkpoint, "host");
      CompiledModel graph = requireNonNull(parts.get(Model.DECODER));
      try (Decoder decoder = Decoder.open("model", graph, Optional.empty())) {
        ProblemException e = assertThrows(ProblemException.class, () -> decoder.start(1, 4));
        assertEquals(HostError.NEEDS_MEMORY, e.problem().code());
      }
      parts.remove(Model.MEMORY);
      assertFalse(Transcriber.recognizes(parts));
      ProblemException e =
          assertThrows(ProblemException.class, () -> Transcriber.open("model", parts));
      assertEquals(HostError.NO_TRANSCRIBER, e.problem().code());
    }
  }

  /** Of the first of the two sounds. */
  private Generation transcript(String generationConfig) throws IOException {
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(WHISPER.resolve(name), directory.resolve(name));
    }
    Files.writeString(directory.resolve("generation_config.json"), generationConfig);
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        MappedFile file = MappedFile.open(EXPECTED);
        Transcriber transcriber =
            Transcriber.open("model", Models.compileParts(checkpoint, "host"))) {
      Tensor both = requireNonNull(SafetensorsReader.read(file).tensors().get("input_features"));
      Tensor first =
          new Tensor(
              both.name(),
              both.dtype(),
              Shape.of(1, both.shape().dim(1), both.shape().dim(2)),
              both.extent(),
              both.data().asSlice(0, both.byteSize() / 2));
      List<Long> heard = new ArrayList<>();
      Generation generation = transcriber.transcribe("sounds", first, heard::add);
      assertEquals(heard, generation.ids());
      return generation;
    }
  }

  private static List<Long> expected(String name) {
    try (MappedFile file = MappedFile.open(EXPECTED)) {
      SortedMap<String, Tensor> tensors = SafetensorsReader.read(file).tensors();
      TokenTensor tokens = TokenTensor.of("expected", name, tensors).orElseThrow();
      return java.util.Arrays.stream(tokens.ids()).boxed().toList();
    }
  }
}
