package org.m4fw.checkpoint.packed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.CheckpointError;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/**
 * Against what a separate implementation in numpy packed and unpacked (GPTQ, AWQ), and what the
 * gguf package of llama.cpp quantized and dequantized.
 */
final class PackedWeightsTest {
  private static final Path FIXTURES =
      Path.of(System.getProperty("m4fw.root", "..")).resolve("tests/fixtures/quantized");

  @ParameterizedTest
  @CsvSource({
    "gptq-symmetric, int4-g32",
    "gptq-zero-points, int4-g64-asym",
    "gptq-v2, int4-g32-asym",
    "gptq-whole-rows, int4-g128",
    "awq, int4-g64-asym",
  })
  void blocksAreRepackedExactly(String fixture, String encoding) {
    try (Checkpoint checkpoint = Checkpoint.open(FIXTURES.resolve(fixture))) {
      assertEquals(encoding, encoding(checkpoint, "l.weight"));
      assertArrayEquals(expected(fixture, "l.weight"), unpack(checkpoint, "l.weight"));
      assertEquals(List.of(), checkpoint.notes());
    }
  }

  @ParameterizedTest
  @CsvSource({"gptq-act-order", "gptq-8-bit", "gptq-zero-16", "gptq-groups-of-16"})
  void whatFitsNoBlocksIsReadAsNumbers(String fixture) {
    try (Checkpoint checkpoint = Checkpoint.open(FIXTURES.resolve(fixture))) {
      assertArrayEquals(
          expected(fixture, "l.weight"), TensorFloats.all(checkpoint.tensor("l.weight")));
      assertEquals(1, checkpoint.notes().size());
    }
  }

  @Test
  void partsAndEmptyBiasesAreGone() {
    try (Checkpoint checkpoint = Checkpoint.open(FIXTURES.resolve("gptq-symmetric"))) {
      assertEquals(
          List.of("l.weight", "l.weight.scales", "norm.weight"),
          List.copyOf(checkpoint.tensors().keySet()));
    }
  }

  @ParameterizedTest
  @CsvSource({"q4_0", "q8_0", "q4_k", "q6_k"})
  void blocksOfGgufAreReadAsTheirOwnToolReadsThem(String name) {
    try (Checkpoint checkpoint = Checkpoint.open(FIXTURES.resolve("gguf/types.gguf"))) {
      assertArrayEquals(
          expected("gguf/types.expected.safetensors", name),
          TensorFloats.all(checkpoint.tensor(name)));
    }
  }

  @Test
  void llamaOfGgufGetsNamesRowsAndConfiguration() {
    String query = "model.layers.0.self_attn.q_proj.weight";
    String key = "model.layers.0.self_attn.k_proj.weight";
    try (Checkpoint checkpoint = Checkpoint.open(FIXTURES.resolve("gguf/llama.gguf"))) {
      assertEquals("int4-g32", encoding(checkpoint, query));
      assertArrayEquals(
          expected("gguf/llama.expected.safetensors", query), unpack(checkpoint, query));
      assertArrayEquals(
          expected("gguf/llama.expected.safetensors", key),
          TensorFloats.all(checkpoint.tensor(key)));
      assertEquals(DType.F32, checkpoint.tensor("model.embed_tokens.weight").dtype());
      assertEquals(4, checkpoint.config().orElseThrow().integer("num_attention_heads", 1, 100));
      assertEquals(500_000, checkpoint.config().orElseThrow().number("rope_theta"));
      assertFalse(checkpoint.notes().isEmpty());
    }
  }

  @Test
  void aMissingPartIsNamed(@TempDir Path directory) throws IOException {
    refused(PackedError.MISSING, directory, "l.qzeros", "l.qzerox");
  }

  @Test
  void otherShapesAreRefused(@TempDir Path directory) throws IOException {
    refused(PackedError.TENSOR, directory, "[4,16]", "[16,4]");
  }

  @Test
  void otherTypesAreRefused(@TempDir Path directory) throws IOException {
    refused(
        PackedError.TENSOR,
        directory,
        "\"l.scales\":{\"dtype\":\"F16\"",
        "\"l.scales\":{\"dtype\":\"I16\"");
  }

  @Test
  void threeBitsAreRefused(@TempDir Path directory) throws IOException {
    setting(directory, "\"bits\": 4", "\"bits\": 3");
  }

  @Test
  void unknownFormatsAreRefused(@TempDir Path directory) throws IOException {
    setting(directory, "\"gptq\"\n", "\"marlin\"\n");
  }

  @Test
  void groupsOfNothingAreRefused(@TempDir Path directory) throws IOException {
    setting(directory, "\"group_size\": 32", "\"group_size\": 0");
  }

  @Test
  void aGroupThatIsNotThereIsRefused(@TempDir Path directory) throws IOException {
    Path model = copy(directory);
    byte[] bytes = Files.readAllBytes(model);
    String header = new String(bytes, StandardCharsets.ISO_8859_1);
    int begin =
        Integer.parseInt(header.replaceFirst("(?s).*?l\\.g_idx[^}]*?offsets\":\\[(\\d+),.*", "$1"));
    int start = 8 + ((bytes[0] & 0xff) | (bytes[1] & 0xff) << 8);
    bytes[start + begin] = 99;
    Files.write(model, bytes);
    assertRefused(PackedError.GROUP, directory);
  }

  @Test
  void otherTypesOfGgufAreNamed(@TempDir Path directory) throws IOException {
    byte[] bytes = Files.readAllBytes(FIXTURES.resolve("gguf/types.gguf"));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    // Name, rank and two dimensions stand before the type; 8 is Q8_0, 3 is Q4_1 of another size.
    int at = text.indexOf("q4_0") + 4 + 4 + 16;
    assertEquals(2, bytes[at]);
    bytes[at] = 20;
    Path file = directory.resolve("model.gguf");
    Files.write(file, bytes);
    assertRefused(CheckpointError.GGUF_QUANTIZED, file);
  }

  private static void refused(ErrorCode code, Path directory, String old, String other)
      throws IOException {
    Path model = copy(directory);
    String text = new String(Files.readAllBytes(model), StandardCharsets.ISO_8859_1);
    assertTrue(text.contains(old), old);
    Files.write(
        model,
        text.replaceFirst(java.util.regex.Pattern.quote(old), other)
            .getBytes(StandardCharsets.ISO_8859_1));
    assertRefused(code, directory);
  }

  private static void setting(Path directory, String old, String other) throws IOException {
    copy(directory);
    Path config = directory.resolve("config.json");
    String text = Files.readString(config);
    assertTrue(text.contains(old), text);
    Files.writeString(config, text.replace(old, other));
    assertRefused(PackedError.SETTING, directory);
  }

  private static Path copy(Path directory) throws IOException {
    Path from = FIXTURES.resolve("gptq-symmetric");
    Files.copy(from.resolve("config.json"), directory.resolve("config.json"));
    return Files.copy(from.resolve("model.safetensors"), directory.resolve("model.safetensors"));
  }

  private static void assertRefused(ErrorCode code, Path path) {
    ProblemException problem =
        assertThrows(ProblemException.class, () -> Checkpoint.open(path).close());
    assertEquals(code, problem.problem().code(), problem.problem().text());
  }

  private static String encoding(Checkpoint checkpoint, String name) {
    return checkpoint
        .config()
        .orElseThrow()
        .object("quantization_config")
        .object("weights")
        .object(name)
        .string("encoding");
  }

  private static float[] expected(String fixture, String name) {
    Path path = FIXTURES.resolve(fixture);
    Path file = Files.isDirectory(path) ? path.resolve("expected.safetensors") : path;
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      return TensorFloats.all(checkpoint.tensor(name));
    }
  }

  /** The numbers of a matrix in m4fw's own blocks. */
  private static float[] unpack(Checkpoint checkpoint, String name) {
    Tensor data = checkpoint.tensor(name);
    int rows = (int) data.shape().dim(0);
    int blocks = (int) data.shape().dim(1);
    int half = (int) data.shape().dim(2);
    float[] scales = TensorFloats.all(checkpoint.tensor(name + ".scales"));
    float[] values = new float[rows * blocks * half * 2];
    for (int i = 0; i < values.length; i++) {
      int block = i / (2 * half);
      int pair = data.data().get(ValueLayout.JAVA_BYTE, i / 2);
      values[i] =
          (((pair >> (i % 2 * 4)) & 15) - zero(checkpoint, name, block, blocks)) * scales[block];
    }
    return values;
  }

  private static int zero(Checkpoint checkpoint, String name, int block, int blocks) {
    return checkpoint
        .find(name + ".zero_points")
        .map(
            zeros -> {
              long at = (long) (block / blocks) * zeros.shape().dim(1) + block % blocks / 2;
              int pair = zeros.data().get(ValueLayout.JAVA_BYTE, at);
              return (pair >> (block % blocks % 2 * 4)) & 15;
            })
        .orElse(8);
  }
}
