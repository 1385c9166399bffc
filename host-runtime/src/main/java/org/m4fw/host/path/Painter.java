package org.m4fw.host.path;

import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Port;
import org.m4fw.host.FloatTensor;
import org.m4fw.host.TokenTensor;
import org.m4fw.host.diffusion.ImageGeneration;
import org.m4fw.host.diffusion.SchedulerConfig;
import org.m4fw.host.image.DecodedImage;
import org.m4fw.host.image.RgbImage;
import org.m4fw.host.text.ClipTokenizer;

/** Stable Diffusion in a path: text to an image. */
final class Painter implements ImageGeneration.Parts {
  static final String TEXT_ENCODER = "text_encoder";
  static final String DENOISER = "unet";
  static final String DECODER = "decode";

  /** How much the difference that the text makes is made larger, as diffusers does it. */
  private static final double GUIDANCE = 7.5;

  private static final int USUAL_SIDE = 64;
  private static final int USUAL_CONTEXT = 77;

  private final ClipTokenizer tokenizer;
  private final int context;
  private final LoadedPart text;
  private final LoadedPart denoiser;
  private final LoadedPart decoder;

  private Painter(
      ClipTokenizer tokenizer,
      int context,
      LoadedPart text,
      LoadedPart denoiser,
      LoadedPart decoder) {
    this.tokenizer = tokenizer;
    this.context = context;
    this.text = text;
    this.denoiser = denoiser;
    this.decoder = decoder;
  }

  /** Draws what a text says. */
  static RgbImage draw(
      LoadedPath loaded,
      ExecutionPath path,
      ExecutionPath.Step step,
      String prompt,
      long seed,
      Progress progress) {
    PathComponents components = loaded.components();
    String name = components.label(step);
    SchedulerConfig scheduler =
        SchedulerConfig.parse(
            name, components.requiredFile(step, "scheduler/scheduler_config.json"));
    Fields autoencoder = config(components, step, "vae/config.json");
    double scaling = autoencoder.number("scaling_factor", ImageGeneration.SCALING);
    Shape latents = latents(components, step);
    ImageGeneration generation =
        new ImageGeneration(scheduler, path.denoisingSteps(), GUIDANCE, seed, scaling);
    return DecodedImage.of(name, generation.image(prompt, latents, open(loaded, step), progress));
  }

  /** A square of the size that the denoiser was trained for. */
  private static Shape latents(PathComponents components, ExecutionPath.Step step) {
    Port sample = components.input(step, DENOISER, "sample");
    int side = size(config(components, step, "unet/config.json"), "sample_size", USUAL_SIDE);
    return Shape.of(1, Sizes.of(components.label(step), sample, 1), side, side);
  }

  private static Painter open(LoadedPath loaded, ExecutionPath.Step step) {
    PathComponents components = loaded.components();
    ClipTokenizer tokenizer =
        loaded.get(
            step,
            "tokenizer",
            ClipTokenizer.class,
            () ->
                ClipTokenizer.parse(
                    ClipTokenizer.Use.STABLE_DIFFUSION,
                    components.label(step),
                    components.requiredFile(step, "tokenizer/vocab.json"),
                    components.requiredFile(step, "tokenizer/merges.txt")),
            ClipTokenizer::close);
    int context =
        size(
            config(components, step, "text_encoder/config.json"),
            "max_position_embeddings",
            USUAL_CONTEXT);
    return new Painter(
        tokenizer,
        context,
        loaded.part(step, TEXT_ENCODER, "last_hidden_state"),
        loaded.part(step, DENOISER, "out_sample"),
        loaded.part(step, DECODER, "image"));
  }

  private static Fields config(PathComponents components, ExecutionPath.Step step, String file) {
    String name = "%s: %s".formatted(components.label(step), file);
    return Fields.of(name, StrictJson.parse(name, components.requiredFile(step, file)));
  }

  private static int size(Fields config, String name, int otherwise) {
    return (int) config.optionalInteger(name, 1, 1 << 12).orElse(otherwise);
  }

  @Override
  public FloatTensor encode(String words) {
    return text.run(tokenizer.encode(words, context).named("input_ids"));
  }

  @Override
  public FloatTensor denoise(FloatTensor sample, int timestep, FloatTensor meaning) {
    return denoiser.run(
        sample.named("sample"),
        TokenTensor.wholeNumbers("timestep", Shape.of(1), timestep),
        meaning.named("encoder_hidden_states"));
  }

  @Override
  public FloatTensor decode(FloatTensor latents) {
    return decoder.run(latents.named("latent"));
  }
}
