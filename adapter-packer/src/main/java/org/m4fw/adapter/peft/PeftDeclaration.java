package org.m4fw.adapter.peft;

import java.util.OptionalDouble;
import org.m4fw.adapter.lora.LoraAssembly;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.JsonError;

/**
 * What a configuration of PEFT says about the ranks and alphas of LoRA's layers: {@code r}, {@code
 * lora_alpha}, {@code rank_pattern}, {@code alpha_pattern} and {@code use_rslora}.
 */
public final class PeftDeclaration {
  private final Fields config;
  private final PeftPatterns ranks;
  private final PeftPatterns alphas;
  private final int rank;
  private final double alpha;

  private PeftDeclaration(Fields config, OptionalDouble alpha) {
    this.config = config;
    this.ranks = PeftPatterns.read(config, "rank_pattern");
    this.alphas = PeftPatterns.read(config, "alpha_pattern");
    this.rank = (int) config.integer("r", 1, LoraAssembly.MAX_RANK);
    this.alpha = alpha(config, alpha);
  }

  /**
   * Reads a configuration, every setting of which has to be one that is supported.
   *
   * @param alpha what the user gave for files that do not hold it
   * @throws org.m4fw.base.problem.ProblemException with a {@link PeftError} or {@link JsonError}
   */
  public static PeftDeclaration read(Fields config, OptionalDouble alpha) {
    PeftType.LORA.require(config);
    PeftSettings.check(config);
    return new PeftDeclaration(config, alpha);
  }

  /** How alpha and the rank make a branch's factor. */
  public LoraScaling scaling() {
    return config.bool("use_rslora", false)
        ? LoraScaling.ALPHA_OVER_ROOT_RANK
        : LoraScaling.ALPHA_OVER_RANK;
  }

  /** Whether every layer has a magnitude. */
  public boolean dora() {
    return config.bool("use_dora", false);
  }

  /** For a layer with this path. */
  public LoraAssembly.Declared of(String layer) {
    return new LoraAssembly.Declared(
        whole(ranks.find(layer).orElse(rank)), alphas.find(layer).orElse(alpha));
  }

  private int whole(double stated) {
    if (stated != Math.rint(stated) || stated < 1 || stated > LoraAssembly.MAX_RANK) {
      throw JsonError.OUT_OF_RANGE.at(
          config.file(), "rank_pattern", stated, "whole numbers of 1 to " + LoraAssembly.MAX_RANK);
    }
    return (int) stated;
  }

  private static double alpha(Fields config, OptionalDouble asked) {
    if (!config.has("lora_alpha")) {
      return asked.orElseThrow(() -> PeftError.MISSING_ALPHA.at(config.file(), "lora_alpha"));
    }
    double alpha = config.number("lora_alpha");
    if (asked.isPresent() && asked.getAsDouble() != alpha) {
      throw PeftError.ALPHA_CONFLICT.at(config.file(), "lora_alpha", alpha, asked.getAsDouble());
    }
    return alpha;
  }
}
