package org.m4fw.adapter.lora;

import java.util.Optional;

/**
 * What PEFT's name of a tensor says: {@code <layer>.lora_A.weight}, with the name of the adapter in
 * it, {@code .lora_A.default.weight}, where state was saved as it is in memory.
 *
 * @param layer the path of the layer in the base
 */
public record LoraKey(String layer, Part part) {
  private static final String PREFIX = "base_model.model.";

  /** Which tensor of a layer. */
  public enum Part {
    DOWN(".lora_A.weight"),
    UP(".lora_B.weight"),
    MAGNITUDE(".lora_magnitude_vector"),
    /** What a branch adds beside its product. */
    BIAS(".lora_B.bias"),
    /** Of a table of embeddings: [r, rows]. */
    TABLE_DOWN(".lora_embedding_A"),
    /** Of a table of embeddings: [width, r]. */
    TABLE_UP(".lora_embedding_B");

    private final String suffix;

    Part(String suffix) {
      this.suffix = suffix;
    }
  }

  /** The name without what PEFT puts before and into it. */
  public static String bare(String name) {
    String bare = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    return bare.replaceFirst(
            "\\.lora_magnitude_vector(\\.default)?(\\.weight)?$", Part.MAGNITUDE.suffix)
        .replaceFirst("\\.base_layer\\.(weight|bias)$", ".$1")
        .replaceFirst("\\.lora_embedding_([AB])\\.default$", ".lora_embedding_$1")
        .replaceFirst("\\.default\\.(weight|bias)$", ".$1");
  }

  /** What a bare name says, if it is one of these. */
  public static Optional<LoraKey> parse(String bare) {
    for (Part part : Part.values()) {
      if (bare.endsWith(part.suffix) && bare.length() > part.suffix.length()) {
        String layer = bare.substring(0, bare.length() - part.suffix.length());
        return Optional.of(new LoraKey(layer, part));
      }
    }
    return Optional.empty();
  }
}
