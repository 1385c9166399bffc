package org.m4fw.graph.importer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.Fixtures;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.Weight;

final class DiffusionImporterTest {
  @TempDir Path directory;

  private static Model model(Path checkpoint) {
    try (Checkpoint open = Checkpoint.open(checkpoint)) {
      return ModelImporter.importModel(open);
    }
  }

  private static List<String> ports(List<Port> ports) {
    return ports.stream().map(Port::describe).toList();
  }

  private Path config() {
    return directory.resolve("config.json");
  }

  @Test
  void denoiserTakesImageStepAndText() {
    Graph graph = model(Fixtures.golden("sd-unet-f32")).part("unet");
    assertEquals(
        List.of(
            "FLOAT32 [batch_size, 4, height, width]",
            "INT64 [timesteps]",
            "FLOAT32 [batch_size, context_length, 24]"),
        ports(graph.inputs()));
    assertEquals(List.of("FLOAT32 [batch_size, 4, height, width]"), ports(graph.outputs()));
  }

  @Test
  void autoencoderHasTwoPartsThatShareNoValue() {
    Model model = model(Fixtures.golden("sd-vae-f32"));
    assertEquals(List.of("encode", "decode"), List.copyOf(model.parts().keySet()));
    assertEquals("in_image", model.part("encode").inputs().getFirst().name());
    assertEquals("latent_mean", model.part("encode").outputs().getFirst().name());
    assertEquals("latent", model.part("decode").inputs().getFirst().name());
    assertEquals("image", model.part("decode").outputs().getFirst().name());
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip-text-f32", "sd-unet-f32", "sd-vae-f32"})
  void everyTensorOfTheFileIsUsed(String golden) {
    try (Checkpoint checkpoint = Checkpoint.open(Fixtures.golden(golden))) {
      assertEquals(
          checkpoint.tensors().keySet(), ModelImporter.importModel(checkpoint).weights().keySet());
    }
  }

  @Test
  void kernelsAndPositionsHaveRolesOfTheirOwn() {
    Stream<Weight> kernels =
        model(Fixtures.golden("sd-unet-f32")).weights().values().stream()
            .filter(weight -> weight.shape().rank() == 4);
    assertTrue(kernels.allMatch(weight -> weight.role() == Weight.Role.CONVOLUTION));
    Weight positions =
        model(Fixtures.golden("clip-text-f32"))
            .weights()
            .get("embeddings.position_embedding.weight");
    assertTrue(positions != null && positions.role() == Weight.Role.PARAMETER);
  }

  @Test
  void missingBlocksAreListed() throws IOException {
    Fixtures.copy("sd-vae-f32", directory);
    Fixtures.edit(config(), "\"layers_per_block\": 2", "\"layers_per_block\": 3");
    Problem problem = assertThrows(ProblemException.class, () -> model(directory)).problem();
    assertEquals(ImportError.MISSING_WEIGHTS, problem.code());
    // Of encoder and decoder together: one more block of 8 tensors in each of 4 levels of both.
    assertTrue(problem.text().contains("64 of the weights"), problem.text());
    assertTrue(
        problem.text().contains("encoder.down_blocks.{0..3}.resnets.2.conv1.weight"),
        problem.text());
  }

  @Test
  void surplusLayersAreListed() throws IOException {
    Fixtures.copy("clip-text-f32", directory);
    Fixtures.edit(config(), "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1");
    Problem problem = assertThrows(ProblemException.class, () -> model(directory)).problem();
    assertEquals(ImportError.UNKNOWN_WEIGHTS, problem.code());
    assertTrue(problem.text().contains("encoder.layers.1"), problem.text());
  }

  @Test
  void unknownClassOfDiffusersIsRefused() throws IOException {
    Fixtures.copy("sd-vae-f32", directory);
    Fixtures.edit(config(), "AutoencoderKL", "VQModel");
    Problem problem = assertThrows(ProblemException.class, () -> model(directory)).problem();
    assertEquals(ImportError.UNKNOWN_ARCHITECTURE, problem.code());
    assertEquals("_class_name", problem.item());
    assertTrue(problem.text().contains("VQModel"), problem.text());
  }
}
