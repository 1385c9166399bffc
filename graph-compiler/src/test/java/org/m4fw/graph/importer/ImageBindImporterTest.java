package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.SafetensorsWriter;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorInfo;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.ir.Model;

final class ImageBindImporterTest {
  private static final String GOLDEN = "imagebind-tiny-pth";
  private static final String VISION = "modality_preprocessors.vision.";
  private static final String TEXT = "modality_preprocessors.text.";
  private static final String IMU = "modality_preprocessors.imu.";

  @TempDir Path directory;

  @BeforeEach
  void copyGolden() throws IOException {
    Fixtures.copy(GOLDEN, directory);
  }

  private Path config() {
    return directory.resolve("config.json");
  }

  private void configure(String field) throws IOException {
    Fixtures.edit(config(), "{\n", "{\n " + field + ",\n");
  }

  private Model model() {
    try (Checkpoint open = Checkpoint.open(directory)) {
      return ModelImporter.importModel(open);
    }
  }

  private Problem refused(ErrorCode code) {
    ProblemException e = assertThrows(ProblemException.class, this::model);
    assertEquals(code, e.problem().code(), e.getMessage());
    return e.problem();
  }

  /** The same checkpoint with other tensors. */
  private void change(Consumer<SortedMap<String, Tensor>> change) {
    try (Checkpoint open = Checkpoint.open(directory);
        OutputFile file = OutputFile.create(directory.resolve("model.safetensors"))) {
      SortedMap<String, Tensor> tensors = new TreeMap<>(open.tensors());
      change.accept(tensors);
      SafetensorsWriter writer =
          SafetensorsWriter.begin(
              file,
              tensors.values().stream()
                  .map(tensor -> new TensorInfo(tensor.name(), tensor.dtype(), tensor.shape()))
                  .toList());
      tensors.values().forEach(tensor -> writer.append(tensor.name(), tensor.data()));
      writer.finish();
      file.commit();
    }
  }

  /** Cuts a tensor down to its first elements. */
  private static void cut(SortedMap<String, Tensor> tensors, String name, long... dims) {
    Shape shape = Shape.of(dims);
    tensors.computeIfPresent(
        name,
        (same, tensor) -> {
          MemorySegment data = tensor.data().asSlice(0, shape.count() * tensor.dtype().bytes());
          return new Tensor(name, tensor.dtype(), shape, tensor.extent(), data);
        });
  }

  private static String input(Model model, String part) {
    return model.part(part).inputs().getFirst().describe();
  }

  @Test
  void eachModalityIsAPart() {
    Model model = model();
    assertEquals("imagebind", model.architecture());
    assertEquals(
        List.of("vision", "text", "audio", "imu"), List.copyOf(model.parts().sequencedKeySet()));
    assertEquals("FLOAT32 [batch_size, 3, 224, 224]", input(model, "vision"));
    assertEquals("INT64 [batch_size, 77]", input(model, "text"));
    assertEquals("FLOAT32 [batch_size, clips, 1, 128, 204]", input(model, "audio"));
    assertEquals("FLOAT32 [batch_size, 6, 2000]", input(model, "imu"));
  }

  @Test
  void depthAndThermalImagesAreLeftOut() {
    Set<String> names = model().weights().keySet();
    assertTrue(
        names.stream().noneMatch(name -> name.contains(".depth.") || name.contains(".thermal.")));
  }

  @Test
  void storedMaskAndFixedScaleAreNoParameters() {
    Model model = model();
    assertEquals(
        251 * 48 + 48 + 48 * 48 + 2 * 48 + 2 * (12 * 48 * 48 + 15 * 48) + 2 * 48 + 40 * 48,
        model.part("imu").parameters());
    assertEquals(
        49_408 * 32 + 77 * 32 + 2 * (12 * 32 * 32 + 13 * 32) + 2 * 32 + 40 * 32 + 1,
        model.part("text").parameters());
  }

  @Test
  void checkpointOfOneModalityIsOnePart() {
    change(tensors -> tensors.keySet().removeIf(name -> !name.contains(".imu.")));
    assertEquals(List.of("imu"), List.copyOf(model().parts().sequencedKeySet()));
  }

  @Test
  void sizesOfInputsFollowTheTablesOfPositions() {
    change(
        tensors -> {
          cut(tensors, VISION + "pos_embedding_helper.pos_embed", 1, 17, 64);
          cut(tensors, TEXT + "pos_embed", 1, 16, 32);
          tensors.remove(TEXT + "mask");
          cut(tensors, IMU + "pos_embed", 1, 11, 48);
        });
    Model model = model();
    assertEquals("FLOAT32 [batch_size, 3, 56, 56]", input(model, "vision"));
    assertEquals("INT64 [batch_size, 16]", input(model, "text"));
    assertEquals("FLOAT32 [batch_size, 6, 80]", input(model, "imu"));
  }

  @Test
  void overlappingWindowsNeedFewerSamples() throws IOException {
    configure("\"imu_stride\": 2");
    assertEquals("FLOAT32 [batch_size, 6, 500]", input(model(), "imu"));
  }

  @Test
  void withoutConfigurationThePublishedSizesAreExpected() throws IOException {
    Files.delete(config());
    Problem problem = refused(ImportError.WRONG_SHAPE);
    assertTrue(problem.text().contains("[1280, 3, 2, 14, 14]"), problem.text());
  }

  @Test
  void missingWeightsOfAllModalitiesAreListedAtOnce() {
    change(
        tensors -> {
          tensors.remove("modality_trunks.audio.blocks.1.attn.bias_k");
          tensors.remove("modality_postprocessors.imu.1.log_logit_scale");
        });
    Problem problem = refused(ImportError.MISSING_WEIGHTS);
    assertTrue(problem.text().contains("modality_trunks.audio.blocks.1.attn.bias_k"));
    assertTrue(problem.text().contains("modality_postprocessors.imu.1.log_logit_scale"));
  }

  @Test
  void weightsThatNoModalityUsesAreListed() throws IOException {
    Fixtures.edit(config(), "\"imu_num_blocks\": 2", "\"imu_num_blocks\": 1");
    Problem problem = refused(ImportError.UNKNOWN_WEIGHTS);
    assertTrue(problem.text().contains("modality_trunks.imu.blocks.1.attn.bias_k"));
  }

  @Test
  void headsThatDoNotDivideTheWidthAreRefused() throws IOException {
    Fixtures.edit(config(), "\"vision_num_heads\": 4", "\"vision_num_heads\": 5");
    refused(ImportError.INCONSISTENT);
  }

  @Test
  void positionsOfNoSquareImageAreRefused() {
    change(tensors -> cut(tensors, VISION + "pos_embedding_helper.pos_embed", 1, 19, 64));
    refused(ImportError.INCONSISTENT);
  }

  @Test
  void tableOfOnePositionIsRefused() {
    change(tensors -> cut(tensors, IMU + "pos_embed", 1, 1, 48));
    refused(ImportError.INCONSISTENT);
  }

  @Test
  void fewerSamplesThanAWindowAreRefused() throws IOException {
    configure("\"imu_stride\": 1");
    change(tensors -> cut(tensors, IMU + "pos_embed", 1, 8, 48));
    refused(ImportError.INCONSISTENT);
  }

  @Test
  void maskThatIsNotCausalIsRefused() {
    change(
        tensors ->
            tensors.computeIfPresent(
                TEXT + "mask",
                (name, mask) ->
                    new Tensor(
                        name,
                        mask.dtype(),
                        mask.shape(),
                        mask.extent(),
                        MemorySegment.ofArray(new byte[77 * 77 * 2]))));
    Problem problem = refused(ImportError.INCONSISTENT);
    assertTrue(problem.text().contains("at [0, 1]"), problem.text());
  }

  @Test
  void videosOfMoreFramesAreRefused() throws IOException {
    configure("\"video_frames\": 4");
    refused(ImportError.UNSUPPORTED_OPTION);
  }

  @Test
  void patchesWithoutFramesAreRefused() throws IOException {
    configure("\"kernel_size\": [14, 14]");
    refused(ImportError.UNSUPPORTED_OPTION);
  }

  @Test
  void spectrogramsSmallerThanAPatchAreRefused() throws IOException {
    configure("\"audio_target_len\": 15");
    refused(ImportError.INCONSISTENT);
  }

  @Test
  void depthOfTheWrongTypeIsRefused() throws IOException {
    Fixtures.edit(config(), "\"imu_num_blocks\": 2", "\"imu_num_blocks\": \"2\"");
    refused(JsonError.WRONG_TYPE);
  }
}
