package org.m4fw.host;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.diffusion.ImageGeneration;
import org.m4fw.host.diffusion.SchedulerConfig;

/** The whole way from noise to an image against diffusers, with the small denoiser and decoder. */
final class ImageGenerationRunTest {
  private static final String EXPECTED = "diffusion/run.safetensors";

  private static FloatTensor only(List<Tensor> outputs) {
    assertEquals(1, outputs.size());
    return FloatTensor.of(outputs.getFirst());
  }

  private static Component open(Checkpoint checkpoint, String input) {
    SequencedMap<String, CompiledModel> parts = Models.compileParts(checkpoint, "host");
    return parts.entrySet().stream()
        .filter(part -> part.getValue().inputs().containsKey(input))
        .map(part -> Component.open(part.getKey(), part.getValue()))
        .findFirst()
        .orElseThrow();
  }

  private record Model(Component denoiser, Component decoder) implements ImageGeneration.Parts {
    @Override
    public FloatTensor encode(String text) {
      String name = text.isEmpty() ? "empty" : "text";
      return new FloatTensor(Shape.of(1, 5, 24), Fixtures.numbers(EXPECTED, name));
    }

    @Override
    public FloatTensor denoise(FloatTensor sample, int timestep, FloatTensor meaning) {
      TreeMap<String, Tensor> inputs = new TreeMap<>();
      inputs.put("sample", sample.named("sample"));
      inputs.put("timestep", TokenTensor.wholeNumbers("timestep", Shape.of(1), timestep));
      inputs.put("encoder_hidden_states", meaning.named("encoder_hidden_states"));
      try (Arena arena = Arena.ofConfined()) {
        return only(denoiser.run("test", inputs, arena));
      }
    }

    @Override
    public FloatTensor decode(FloatTensor latents) {
      TreeMap<String, Tensor> inputs = new TreeMap<>();
      inputs.put("latent", latents.named("latent"));
      try (Arena arena = Arena.ofConfined()) {
        return only(decoder.run("test", inputs, arena));
      }
    }
  }

  @Test
  void imageIsThatOfDiffusers() {
    SchedulerConfig config = SchedulerConfig.read(Fixtures.path("diffusion/pndm.json"));
    ImageGeneration generation = new ImageGeneration(config, 4, 7.5, 5, ImageGeneration.SCALING);
    try (Checkpoint unet = Checkpoint.open(Models.golden("sd-unet-f32"));
        Checkpoint autoencoder = Checkpoint.open(Models.golden("sd-vae-f32"));
        Component denoiser = open(unet, "sample");
        Component decoder = open(autoencoder, "latent")) {
      FloatTensor image =
          generation.image(
              "text", Shape.of(1, 4, 8, 16), new Model(denoiser, decoder), Progress.silent());
      assertEquals(Shape.of(1, 3, 64, 128), image.shape());
      float[] expected = requireNonNull(Fixtures.numbers(EXPECTED, "image"));
      assertTrue(Fixtures.difference(expected, image.values()) <= 1e-4);
    }
  }
}
