package org.m4fw.adapter.delta;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a trainer of Stable Diffusion calls a tensor of its adapter. Read are the names of kohya's
 * scripts ({@code lora_unet_PATH_WITH_UNDERSCORES.lora_down.weight}, {@code .lora_up.weight},
 * {@code .alpha}) and of three generations of diffusers: attention processors ({@code
 * PATH.attn1.processor.to_q_lora.down.weight}), layers with a LoRA inside ({@code
 * PATH.to_q.lora.down.weight}, of text models {@code PATH.q_proj.lora_linear_layer.down.weight})
 * and PEFT ({@code PATH.to_q.lora_A.weight}).
 *
 * @param model which network
 * @param layer its path, in dots where they are known, else with underscores for them
 * @param flat whether the dots of the path are lost
 */
record DiffusionKey(Network model, String layer, boolean flat, Part part) {

  /** The networks of a pipeline that adapters change. */
  enum Network {
    UNET,
    TEXT
  }

  /** Which tensor of a layer. */
  enum Part {
    DOWN,
    UP,
    ALPHA
  }

  private record Suffix(String text, Part part) {}

  private static final List<Suffix> SUFFIXES =
      List.of(
          new Suffix(".lora_down.weight", Part.DOWN),
          new Suffix(".lora_up.weight", Part.UP),
          new Suffix(".alpha", Part.ALPHA),
          new Suffix(".lora_linear_layer.down.weight", Part.DOWN),
          new Suffix(".lora_linear_layer.up.weight", Part.UP),
          new Suffix(".lora.down.weight", Part.DOWN),
          new Suffix(".lora.up.weight", Part.UP),
          new Suffix("_lora.down.weight", Part.DOWN),
          new Suffix("_lora.up.weight", Part.UP),
          new Suffix(".lora_A.weight", Part.DOWN),
          new Suffix(".lora_B.weight", Part.UP));

  private static final Pattern KOHYA = Pattern.compile("lora_(unet|te|te1)_(.+)");
  private static final Pattern PROCESSOR = Pattern.compile("(.*)\\.processor\\.(to_\\w+)");
  private static final Pattern PATH =
      Pattern.compile(
          "(?:unet\\.)?((?:down_blocks|mid_block|up_blocks|time_embedding|conv_in|conv_out)\\..+)");
  private static final Pattern TEXT_PATH =
      Pattern.compile("text_encoder\\.((?:text_model\\.)?encoder\\..+)");

  /** What a name says, if it is one of these. */
  static Optional<DiffusionKey> parse(String name) {
    for (Suffix suffix : SUFFIXES) {
      if (name.endsWith(suffix.text())) {
        return layer(name.substring(0, name.length() - suffix.text().length()), suffix.part());
      }
    }
    return Optional.empty();
  }

  private static Optional<DiffusionKey> layer(String path, Part part) {
    Matcher kohya = KOHYA.matcher(path);
    if (kohya.matches()) {
      Network network = kohya.group(1).equals("unet") ? Network.UNET : Network.TEXT;
      return Optional.of(new DiffusionKey(network, kohya.group(2), true, part));
    }
    Matcher unet = PATH.matcher(path);
    if (unet.matches()) {
      return Optional.of(new DiffusionKey(Network.UNET, processed(unet.group(1)), false, part));
    }
    Matcher text = TEXT_PATH.matcher(path);
    if (text.matches()) {
      return Optional.of(new DiffusionKey(Network.TEXT, ofText(text.group(1)), false, part));
    }
    return Optional.empty();
  }

  /** Processors name the projection beside them, whose output is the first of a list. */
  private static String processed(String path) {
    Matcher processor = PROCESSOR.matcher(path);
    if (!processor.matches()) {
      return path;
    }
    String projection = processor.group(2);
    return processor.group(1) + "." + (projection.equals("to_out") ? "to_out.0" : projection);
  }

  /** The first generation called the projections of text models as those of images. */
  private static String ofText(String path) {
    return path.replaceFirst("\\.to_out$", ".out_proj").replaceFirst("\\.to_([qkv])$", ".$1_proj");
  }

  /** The path without dots, as kohya writes it. */
  static String flat(String path) {
    return path.replace('.', '_').toLowerCase(Locale.ROOT);
  }
}
