package org.m4fw.host.diffusion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.host.Fixtures.assertRefused;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.Fixtures;
import org.m4fw.host.FloatTensor;

/** Schedulers against those of diffusers, with a function in the denoiser's place. */
final class ImageGenerationTest {
  private static final String EXPECTED = "diffusion/expected.safetensors";
  private static final Shape SHAPE = Shape.of(1, 4, 2, 3);

  /** What the reference used for a denoiser. */
  private static float[] denoised(float[] sample, int timestep) {
    float[] noise = new float[sample.length];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) (0.9 * Math.sin(1.7 * sample[i] + timestep / 500.0) + 0.1 * sample[i]);
    }
    return noise;
  }

  private static SchedulerConfig config(String name) {
    return SchedulerConfig.read(Fixtures.path("diffusion").resolve(name + ".json"));
  }

  /** All samples after each step. */
  private static List<float[]> run(Scheduler scheduler) {
    List<float[]> samples = new ArrayList<>();
    float[] sample = Fixtures.numbers(EXPECTED, "sample");
    for (int timestep : scheduler.timesteps()) {
      sample = scheduler.step(denoised(sample, timestep), sample);
      samples.add(sample);
    }
    return samples;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pndm",
        "ddim",
        "pndm-trailing-v",
        "ddim-clipped",
        "ddim-linspace-v",
        "ddim-trailing"
      })
  void samplesAreThoseOfDiffusersAfterEveryStep(String name) {
    List<float[]> samples = run(Scheduler.start(config(name), 7));
    float[] expected = Fixtures.numbers(EXPECTED, name + ".7");
    int size = (int) SHAPE.count();
    assertEquals(expected.length, samples.size() * size);
    for (int step = 0; step < samples.size(); step++) {
      float[] reference = Arrays.copyOfRange(expected, step * size, (step + 1) * size);
      assertNear(reference, samples.get(step));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pndm, 2",
    "pndm, 50",
    "ddim, 2",
    "ddim, 50",
    "pndm-trailing-v, 2",
    "pndm-trailing-v, 50",
    "ddim-clipped, 2",
    "ddim-clipped, 50",
    "ddim-linspace-v, 50",
    "ddim-trailing, 50"
  })
  void lastSampleIsThatOfDiffusers(String name, int steps) {
    Scheduler scheduler = Scheduler.start(config(name), steps);
    float[] timesteps = Fixtures.numbers(EXPECTED, "%s.%d.timesteps".formatted(name, steps));
    int[] own = scheduler.timesteps();
    assertEquals(timesteps.length, own.length);
    for (int i = 0; i < own.length; i++) {
      assertEquals((int) timesteps[i], own[i]);
    }
    assertNear(
        Fixtures.numbers(EXPECTED, "%s.%d".formatted(name, steps)), run(scheduler).getLast());
  }

  /** Relative to the largest number. */
  private static void assertNear(float[] expected, float[] actual) {
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    double difference = Fixtures.difference(expected, actual) / largest;
    assertTrue(difference <= 1e-5, () -> "off by " + difference);
  }

  /** A model whose denoiser looks at the text's length. */
  private static ImageGeneration.Parts parts(List<String> asked) {
    return new ImageGeneration.Parts() {
      @Override
      public FloatTensor encode(String text) {
        asked.add(text);
        return new FloatTensor(Shape.of(1, 1, 1), new float[] {text.length()});
      }

      @Override
      public FloatTensor denoise(FloatTensor sample, int timestep, FloatTensor meaning) {
        float[] noise = denoised(sample.values(), timestep);
        for (int i = 0; i < noise.length; i++) {
          noise[i] += meaning.values()[0] / 100;
        }
        return new FloatTensor(sample.shape(), noise);
      }

      @Override
      public FloatTensor decode(FloatTensor latents) {
        return latents;
      }
    };
  }

  private static FloatTensor image(double guidance, String text, List<String> asked) {
    return new ImageGeneration(config("pndm"), 7, guidance, 5, 0.5)
        .image(text, SHAPE, parts(asked), Progress.silent());
  }

  @Test
  void guidanceGoesFurtherThanTheTextAsItIs() {
    List<String> asked = new ArrayList<>();
    // Three times from no text to one of two letters is the noise of one with six.
    float[] guided = image(3, "ab", asked).values();
    assertEquals(List.of("ab", ""), asked);
    assertArrayEquals(image(1, "abcdef", asked).values(), guided, 1e-4f);
    assertEquals(List.of("ab", "", "abcdef"), asked);
  }

  @Test
  void latentsAreDividedByTheScalingFactor() {
    FloatTensor image = image(1, "", new ArrayList<>());
    assertEquals(SHAPE, image.shape());
    float[] start = Noise.normal(5, 24);
    ImageGeneration loop = new ImageGeneration(config("pndm"), 7, 1, 5, 0.5);
    float[] latents =
        loop.denoised(
                new FloatTensor(SHAPE, start), "", parts(new ArrayList<>()), Progress.silent())
            .values();
    for (int i = 0; i < latents.length; i++) {
      assertEquals(2 * latents[i], image.values()[i]);
    }
  }

  @Test
  void sameSeedGivesTheSameNoise() {
    float[] noise = Noise.normal(42, 10_001);
    assertArrayEquals(noise, Noise.normal(42, 10_001));
    double sum = 0;
    double squares = 0;
    for (float value : noise) {
      sum += value;
      squares += (double) value * value;
    }
    assertEquals(0, sum / noise.length, 0.03);
    assertEquals(1, squares / noise.length, 0.05);
  }

  @Test
  void firstNumbersOfASeedNeverChange() {
    // Computed in Python from the description of Noise.
    float[] expected = {-0.028249746f, -1.0656177f, -0.22791952f, 0.08309417f};
    assertArrayEquals(expected, Noise.normal(1, 4));
  }

  @Test
  void stepsThatCannotBeAreRefused() {
    assertRefused(DiffusionError.WRONG_STEPS, () -> Scheduler.start(config("pndm"), 1));
    assertRefused(DiffusionError.WRONG_STEPS, () -> Scheduler.start(config("ddim"), 0));
    assertRefused(DiffusionError.WRONG_STEPS, () -> Scheduler.start(config("ddim"), 1001));
  }

  @Test
  void sizesThatCannotBeAreRefused() {
    ImageGeneration loop = new ImageGeneration(config("pndm"), 7, 1, 5, 1);
    for (Shape shape :
        List.of(
            Shape.of(4, 8, 8),
            Shape.of(2, 4, 8, 8),
            Shape.of(1, 4, 0, 8),
            Shape.of(1, 4, 8, 257))) {
      assertRefused(
          DiffusionError.WRONG_SIZE,
          () -> loop.image("", shape, parts(new ArrayList<>()), Progress.silent()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'_class_name': 'EulerDiscreteScheduler'}",
        "{'_class_name': 'PNDMScheduler'}",
        "{'skip_prk_steps': true, 'beta_schedule': 'squaredcos_cap_v2'}",
        "{'skip_prk_steps': true, 'prediction_type': 'sample'}",
        "{'skip_prk_steps': true, 'timestep_spacing': 'random'}",
        "{'skip_prk_steps': true, 'trained_betas': [0.1]}",
        "{'skip_prk_steps': true, 'beta_end': 1.5}",
        "{'_class_name': 'DDIMScheduler', 'thresholding': true}",
        "{'_class_name': 'DDIMScheduler', 'rescale_betas_zero_snr': true}"
      })
  void optionThatIsNotBuiltIsRefused(String json) {
    byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    assertRefused(DiffusionError.UNSUPPORTED, () -> SchedulerConfig.parse("test", bytes));
  }
}
