package org.m4fw.checkpoint.torch;

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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.CheckpointError;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;

/** PyTorch files where a checkpoint is wanted, those that PyTorch itself wrote among them. */
class TorchCheckpointTest {
  private static final Path FIXTURES = Path.of(System.getProperty("m4fw.root"), "tests/fixtures");
  private static final Path GOLDENS = FIXTURES.resolve("goldens");
  private static final String SECOND = "pytorch_model-00002-of-00002.bin";

  @TempDir Path directory;

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(directory.resolve(name), content);
  }

  private static void refused(ErrorCode code, Path path) {
    ProblemException e =
        assertThrows(ProblemException.class, () -> Checkpoint.open(path).close(), code.name());
    assertEquals(code, e.problem().code(), e.getMessage());
  }

  /** {@code 2·3·4} halves counting from 0, seen as [4, 2, 3]. */
  private static byte[] permuted() {
    byte[] storage = new byte[48];
    for (int i = 0; i < 24; i++) {
      storage[2 * i] = (byte) i;
    }
    SequencedMap<String, byte[]> entries = new LinkedHashMap<>();
    Pickle pickle = Pickle.begin().op('}').text("w");
    long[] dims = {4, 2, 3};
    long[] strides = {1, 12, 4};
    pickle.tensor("ShortStorage", "0", 24, 0, dims, strides).op('s').text("row");
    pickle.tensor("ShortStorage", "0", 24, 4, new long[] {4}, new long[] {1}).op('s');
    entries.put("m/data.pkl", pickle.end());
    entries.put("m/data/0", storage);
    return TorchBytes.zip(ZipEntry.STORED, entries);
  }

  @Test
  void bothFormsHoldTheWeightsOfTheSafetensorsFile() {
    try (Checkpoint original = Checkpoint.open(GOLDENS.resolve("llama-mha-f16"));
        Checkpoint zip = Checkpoint.open(GOLDENS.resolve("llama-mha-torchbin"));
        Checkpoint legacy = Checkpoint.open(GOLDENS.resolve("llama-mha-torchbin-legacy"))) {
      assertEquals(original.weightsDigest(), zip.weightsDigest());
      assertEquals(original.weightsDigest(), legacy.weightsDigest());
      assertTrue(zip.config().isPresent());
    }
  }

  @Test
  void scalarsOfTheAuthorsOwnFileAreRead() {
    Path path = FIXTURES.resolve("m4/imagebind-postprocessors_last.pth");
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      Tensor scale = checkpoint.tensor("text.1.log_logit_scale");
      assertEquals(Shape.of(), scale.shape());
      assertEquals(4.605f, TensorFloats.all(scale)[0], 1e-3f);
      assertEquals(5, checkpoint.tensors().size());
    }
  }

  @Test
  void onlyFileWithAFreelyChosenNameIsTheCheckpoint() throws IOException {
    file("anything.pth", TorchBytes.archive(TorchBytes.weight().end(), 24));
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertEquals(DType.F32, checkpoint.tensor("weight").dtype());
    }
    file("another.pt", TorchBytes.archive(TorchBytes.weight().end(), 24));
    refused(CheckpointError.SEVERAL_WEIGHTS, directory);
  }

  @Test
  void permutedTensorIsCopiedIntoAFileOfItsOwn() throws IOException {
    Path path = file("a.pt", permuted());
    Path copy;
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      Tensor tensor = checkpoint.tensor("w");
      copy = tensor.extent().file();
      short[] values = tensor.data().toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
      for (int i = 0; i < values.length; i++) {
        assertEquals(i / 6 + 12 * (i / 3 % 2) + 4 * (i % 3), values[i]);
      }
      byte[] there = Files.readAllBytes(copy);
      int offset = (int) tensor.extent().offset();
      assertArrayEquals(
          tensor.data().toArray(ValueLayout.JAVA_BYTE),
          Arrays.copyOfRange(there, offset, offset + (int) tensor.extent().length()));
      assertEquals(path, checkpoint.tensor("row").extent().file());
      assertEquals(1, checkpoint.files().size());
    }
    assertFalse(Files.exists(copy), "the copy goes with the checkpoint");
  }

  @Test
  void viewLargerThanItsFileIsRejected() throws IOException {
    long[] dims = {1L << 20, 6};
    byte[] pickle =
        Pickle.begin()
            .op('}')
            .text("w")
            .tensor("FloatStorage", "0", 6, 0, dims, new long[] {0, 1})
            .op('s')
            .end();
    refused(CheckpointError.COPIES_TOO_LARGE, file("a.pt", TorchBytes.archive(pickle, 24)));
  }

  private void shards(String second) throws IOException {
    String index =
        """
        {"metadata": {}, "weight_map": {"weight": "pytorch_model-00001-of-00002.bin",
         "bias": "%s"}}"""
            .formatted(second);
    file("pytorch_model.bin.index.json", index.getBytes(StandardCharsets.UTF_8));
    file("pytorch_model-00001-of-00002.bin", TorchBytes.archive(TorchBytes.weight().end(), 24));
    Pickle bias = Pickle.begin().op('}').text("bias").matrix("0", 1, 3).op('s');
    file(SECOND, TorchBytes.archive(bias.end(), 12));
  }

  @Test
  void shardedCheckpointIsReadWhole() throws IOException {
    shards(SECOND);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertEquals(2, checkpoint.tensors().size());
      assertEquals(3, checkpoint.files().size());
    }
  }

  @Test
  void indexAmongTheShardsIsRejected() throws IOException {
    shards("pytorch_model.bin.index.json");
    refused(CheckpointError.INDEX_IN_INDEX, directory);
  }

  @Test
  void shardWithOtherTensorsIsRejected() throws IOException {
    shards(SECOND);
    file(SECOND, TorchBytes.archive(TorchBytes.weight().end(), 24));
    refused(CheckpointError.TENSOR_NOT_IN_SHARD, directory);
  }
}
