package org.m4fw.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;

class PipelineTest {
  @TempDir Path directory;

  @BeforeEach
  void writePipeline() throws IOException {
    Files.writeString(
        directory.resolve("model_index.json"),
        """
        {"_class_name": "Pipe", "_versions": ["1", "2"], "unet": ["diffusers", "UNet"],
         "vae": ["diffusers", "Autoencoder"], "tokenizer": ["transformers", "Tokenizer"],
         "scheduler": ["diffusers", "Scheduler"], "../outside": ["a", "b"], "absent": [null, null]}
        """);
    weights("unet/diffusion_pytorch_model.safetensors", "w");
    weights("vae/diffusion_pytorch_model.safetensors", "w");
    weights("unasked/model.safetensors", "w");
    text("unet/config.json", "{\"_class_name\": \"UNet\"}");
    text("tokenizer/vocab.json", "{}");
    text("scheduler/scheduler_config.json", "{}");
  }

  private void weights(String name, String tensor) {
    try (OutputFile file = OutputFile.create(directory.resolve(name))) {
      SafetensorsWriter writer =
          SafetensorsWriter.begin(file, List.of(new TensorInfo(tensor, DType.F32, Shape.of(1))));
      writer.append(tensor, new float[] {1});
      writer.finish();
      file.commit();
    }
  }

  private void text(String name, String content) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  @Test
  void tensorsAreToldApartByTheirDirectories() {
    try (Checkpoint pipeline = Checkpoint.open(directory)) {
      assertEquals(Set.of("unet/w", "vae/w"), pipeline.tensors().keySet());
      assertEquals(Set.of("unet", "vae"), pipeline.parts().keySet());
      assertEquals("Pipe", pipeline.config().orElseThrow().string("_class_name"));
      Checkpoint unet = Objects.requireNonNull(pipeline.parts().get("unet"));
      assertEquals("UNet", unet.config().orElseThrow().string("_class_name"));
    }
  }

  @Test
  void filesAreThoseOfItsDirectories() {
    try (Checkpoint pipeline = Checkpoint.open(directory)) {
      assertEquals(
          List.of(
              "model_index.json",
              "scheduler/scheduler_config.json",
              "tokenizer/vocab.json",
              "unet/config.json",
              "unet/diffusion_pytorch_model.safetensors",
              "vae/diffusion_pytorch_model.safetensors"),
          pipeline.files().stream().map(f -> directory.relativize(f).toString()).toList());
    }
  }

  @Test
  void partThatHoldsItselfIsReadOnce() throws IOException {
    text("unet/model_index.json", "{\"unet\": [\"diffusers\", \"UNet\"]}");
    Files.createSymbolicLink(directory.resolve("unet/unet"), directory.resolve("unet"));
    try (Checkpoint pipeline = Checkpoint.open(directory)) {
      assertEquals(Set.of("unet/w", "vae/w"), pipeline.tensors().keySet());
    }
  }

  @Test
  void pipelineWithoutWeightsIsRefused() throws IOException {
    Files.delete(directory.resolve("unet/diffusion_pytorch_model.safetensors"));
    Files.delete(directory.resolve("vae/diffusion_pytorch_model.safetensors"));
    ProblemException e =
        assertThrows(ProblemException.class, () -> Checkpoint.open(directory).close());
    assertEquals(CheckpointError.NO_PARTS, e.problem().code());
  }
}
