package org.m4fw.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.FileError;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;

class CheckpointTest {
  private static final Path GOLDENS =
      Path.of(System.getProperty("m4fw.root"), "tests", "fixtures", "goldens");
  private static final Path SHARDED = GOLDENS.resolve("llama-gqa-bf16-sharded");
  private static final String INDEX = "model.safetensors.index.json";
  private static final String SHARD = "model-00002-of-00014.safetensors";

  @TempDir Path directory;

  private static Problem refused(ErrorCode code, Path path) {
    Problem problem =
        assertThrows(ProblemException.class, () -> Checkpoint.open(path).close()).problem();
    assertEquals(code, problem.code(), problem.text());
    return problem;
  }

  private Path copyOfSharded() throws IOException {
    try (Stream<Path> files = Files.list(SHARDED)) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
    return directory;
  }

  private void replaceInIndex(String from, String to) throws IOException {
    Path index = directory.resolve(INDEX);
    String text = Files.readString(index);
    assertTrue(text.contains(from));
    Files.writeString(index, text.replace(from, to));
  }

  private Path file(String name, String content) throws IOException {
    return Files.write(directory.resolve(name), content.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void singleFileCheckpointIsRead() {
    try (Checkpoint checkpoint = Checkpoint.open(GOLDENS.resolve("llama-mha-f16"))) {
      Tensor embedding = checkpoint.tensor("model.embed_tokens.weight");
      assertEquals(DType.F16, embedding.dtype());
      assertEquals(
          "LlamaForCausalLM",
          checkpoint.config().orElseThrow().strings("architectures").getFirst());
      assertEquals(
          List.of("config.json", "generation_config.json", "model.safetensors"),
          checkpoint.files().stream().map(path -> path.getFileName().toString()).toList());
      assertFalse(checkpoint.tensors().containsKey("logits"), "expected.safetensors is no part");
    }
  }

  @Test
  void shardedCheckpointIsReadWhole() {
    try (Checkpoint checkpoint = Checkpoint.open(SHARDED)) {
      assertEquals(DType.BF16, checkpoint.tensor("model.norm.weight").dtype());
      assertEquals(14 + 3, checkpoint.files().size());
      assertTrue(checkpoint.file(INDEX).isPresent());
      assertTrue(checkpoint.file("tokenizer.json").isEmpty());
    }
  }

  @Test
  void indexFileOpensTheWholeCheckpoint() {
    try (Checkpoint checkpoint = Checkpoint.open(SHARDED.resolve(INDEX));
        Checkpoint same = Checkpoint.open(SHARDED)) {
      assertEquals(same.tensors().keySet(), checkpoint.tensors().keySet());
    }
  }

  @Test
  void adapterDirectoryIsRead() {
    try (Checkpoint checkpoint = Checkpoint.open(GOLDENS.resolve("peft-lora"))) {
      assertTrue(checkpoint.config().isEmpty());
      assertEquals(2, checkpoint.files().size());
      assertTrue(checkpoint.tensors().keySet().stream().allMatch(name -> name.contains(".lora_")));
    }
  }

  @Test
  void formatIsToldByContentNotBySuffix() throws IOException {
    Path path =
        Files.copy(
            GOLDENS.resolve("llama-mha-f16/model.safetensors"), directory.resolve("weights.bin"));
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      assertEquals(directory, checkpoint.directory());
      assertFalse(checkpoint.tensors().isEmpty());
    }
  }

  @Test
  void weightsDigestDoesNotDependOnTheFiles() throws IOException {
    try (Checkpoint one = Checkpoint.open(GOLDENS.resolve("llama-mha-f16"));
        Checkpoint same = Checkpoint.open(GOLDENS.resolve("llama-old-config"));
        Checkpoint other = Checkpoint.open(SHARDED)) {
      assertEquals(one.weightsDigest(), same.weightsDigest());
      assertFalse(one.weightsDigest().equals(other.weightsDigest()));
    }
  }

  @Test
  void unknownTensorIsRefusedWithNearNames() {
    try (Checkpoint checkpoint = Checkpoint.open(GOLDENS.resolve("llama-mha-f16"))) {
      Problem problem =
          assertThrows(
                  ProblemException.class,
                  () -> checkpoint.tensor("model.layers.0.self_attn.q_porj.weight"))
              .problem();
      assertEquals(CheckpointError.NO_SUCH_TENSOR, problem.code());
      assertTrue(
          problem.message().contains("near are model.layers.0.self_attn.q_proj.weight"),
          problem.message());
    }
  }

  @Test
  void missingPathIsRejected() {
    refused(FileError.NOT_FOUND, directory.resolve("nowhere"));
  }

  @Test
  void directoryWithoutWeightsIsRejected() {
    refused(CheckpointError.NO_WEIGHTS, directory);
  }

  @Test
  void fileOfUnknownFormatIsRejected() throws IOException {
    refused(CheckpointError.UNKNOWN_FORMAT, file("notes.txt", "Once upon a time"));
  }

  @Test
  void emptyFileIsRejected() throws IOException {
    refused(CheckpointError.UNKNOWN_FORMAT, file("model.safetensors", ""));
  }

  @Test
  void brokenConfigurationIsRejected() throws IOException {
    copyOfSharded();
    file("config.json", "{\"a\":1,\"a\":2}");
    refused(JsonError.SYNTAX, directory);
  }

  @Test
  void missingShardIsRejectedWithItsTensors() throws IOException {
    Files.delete(copyOfSharded().resolve(SHARD));
    Problem problem = refused(CheckpointError.SHARD_MISSING, directory);
    assertEquals(SHARD, problem.item());
    assertTrue(problem.message().contains("model.layers.0."), problem.message());
  }

  @Test
  void shardNameThatLeavesTheDirectoryIsRejected() throws IOException {
    copyOfSharded();
    replaceInIndex(SHARD, "../" + SHARD);
    refused(CheckpointError.BAD_SHARD_NAME, directory);
  }

  @Test
  void indexWithoutTensorsIsRejected() throws IOException {
    copyOfSharded();
    file(INDEX, "{\"weight_map\":{}}");
    refused(CheckpointError.EMPTY_INDEX, directory);
  }

  @Test
  void indexWithoutWeightMapIsRejected() throws IOException {
    copyOfSharded();
    file(INDEX, "{\"weights\":{}}");
    refused(JsonError.MISSING_FIELD, directory);
  }

  @Test
  void tensorThatItsShardLacksIsRejected() throws IOException {
    copyOfSharded();
    replaceInIndex("\"weight_map\": {", "\"weight_map\": {\"extra.weight\": \"" + SHARD + "\",");
    assertTrue(
        refused(CheckpointError.TENSOR_NOT_IN_SHARD, directory).message().contains("extra.weight"));
  }

  @Test
  void tensorThatTheIndexDoesNotNameIsRejected() throws IOException {
    copyOfSharded();
    replaceInIndex("\"model.norm.weight\": \"", "\"model.norm.weight\": \"gone-");
    Files.copy(
        directory.resolve("model-00014-of-00014.safetensors"),
        directory.resolve("gone-model-00014-of-00014.safetensors"));
    refused(CheckpointError.TENSOR_NOT_IN_INDEX, directory);
  }

  @Test
  void truncatedShardIsRejected() throws IOException {
    Path shard = copyOfSharded().resolve(SHARD);
    byte[] bytes = Files.readAllBytes(shard);
    Files.write(shard, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    assertEquals(shard.toString(), refused(SafetensorsError.DATA_MISSING, directory).file());
  }
}
