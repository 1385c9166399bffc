package org.m4fw.host.diffusion;

import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.FloatTensor;

/**
 * An image out of a text as Stable Diffusion makes it: noise, out of which a denoiser takes what
 * does not belong to the text, once with the text and once without, the difference made larger;
 * then the decoder. As {@code StableDiffusionPipeline} of diffusers, without its check for what is
 * shown.
 *
 * @param config the scheduler
 * @param steps how many times noise is taken away
 * @param guidance how much the difference that the text makes is made larger; 1 for not at all, 7.5
 *     is usual
 * @param seed of the first noise
 * @param scaling the autoencoder's {@code scaling_factor}, by which its latents are multiplied for
 *     the denoiser
 */
public record ImageGeneration(
    SchedulerConfig config, int steps, double guidance, long seed, double scaling) {
  /** Of Stable Diffusion 1's autoencoder. */
  public static final double SCALING = 0.18215;

  /** The longest side of what the denoiser works on; 2048 pixels in Stable Diffusion 1. */
  public static final int MOST_SIDE = 256;

  /** The parts of the model. */
  public interface Parts {
    /**
     * What a text means.
     *
     * @param text empty for an image of anything
     * @return F32 [1, length, width]
     */
    FloatTensor encode(String text);

    /**
     * The noise in an image.
     *
     * @param sample F32 [1, channels, height, width]
     * @param timestep how noisy it is
     * @return of the same shape
     */
    FloatTensor denoise(FloatTensor sample, int timestep, FloatTensor meaning);

    /**
     * The image, between about −1 and 1.
     *
     * @param latents of the autoencoder, F32 [1, channels, height, width]
     * @return F32 [1, 3, scale · height, scale · width]
     */
    FloatTensor decode(FloatTensor latents);
  }

  /**
   * The image, F32 [1, 3, height, width] between about −1 and 1.
   *
   * @param latents what the denoiser works on, [1, channels, height / scale, width / scale] with
   *     the denoiser's channels; scale is 2 to the number of the autoencoder's levels less one
   * @throws org.m4fw.base.problem.ProblemException with a {@link DiffusionError}
   */
  public FloatTensor image(String text, Shape latents, Parts parts, Progress progress) {
    checkSize(latents);
    FloatTensor start =
        new FloatTensor(latents, Noise.normal(seed, Math.toIntExact(latents.count())));
    float[] values = denoised(start, text, parts, progress).values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] / scaling);
    }
    return parts.decode(new FloatTensor(latents, values));
  }

  /** The loop alone, from a given sample on. */
  FloatTensor denoised(FloatTensor start, String text, Parts parts, Progress progress) {
    Scheduler scheduler = Scheduler.start(config, steps);
    FloatTensor meaning = parts.encode(text);
    FloatTensor sample = start;
    int[] timesteps = scheduler.timesteps();
    FloatTensor nothing = guided() ? parts.encode("") : meaning;
    try (Progress.Stage stage = progress.steps("denoise", timesteps.length)) {
      for (int timestep : timesteps) {
        FloatTensor noise = denoise(sample, timestep, meaning, parts);
        if (guided()) {
          noise = further(denoise(sample, timestep, nothing, parts), noise);
        }
        sample = new FloatTensor(sample.shape(), scheduler.step(noise.values(), sample.values()));
        stage.advance(1);
      }
    }
    return sample;
  }

  private boolean guided() {
    return guidance > 1;
  }

  private static FloatTensor denoise(
      FloatTensor sample, int timestep, FloatTensor meaning, Parts parts) {
    FloatTensor noise = parts.denoise(sample, timestep, meaning);
    if (!noise.shape().equals(sample.shape())) {
      throw DiffusionError.WRONG_NOISE.at("", "", noise.shape(), sample.shape());
    }
    return noise;
  }

  /** Classifier-free guidance (Ho and Salimans 2022). */
  private FloatTensor further(FloatTensor from, FloatTensor to) {
    float[] result = new float[from.values().length];
    for (int i = 0; i < result.length; i++) {
      double without = from.values()[i];
      result[i] = (float) (without + guidance * (to.values()[i] - without));
    }
    return new FloatTensor(from.shape(), result);
  }

  private static void checkSize(Shape latents) {
    boolean fits = latents.rank() == 4 && latents.dim(0) == 1 && latents.count() > 0;
    for (int axis = 1; fits && axis < 4; axis++) {
      fits = latents.dim(axis) <= MOST_SIDE;
    }
    if (!fits) {
      throw DiffusionError.WRONG_SIZE.at("", "latents", latents, MOST_SIDE);
    }
  }
}
