package org.m4fw.adapter.pack;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.m4fw.adapter.contract.InterfacePrompt;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.adapter.prompt.SoftPrompt;

/** How the adapter of a package changes its base. */
public sealed interface PackageMethod {

  /** The methods, as packages and interfaces spell them. */
  enum Kind {
    LORA,
    DORA,
    /** Vectors in front of the prompt. */
    PROMPT_TUNING,
    /** Keys and values in front of the prompt. */
    PREFIX_TUNING;

    public String id() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Kind> of(String id) {
      return Arrays.stream(values()).filter(kind -> kind.id().equals(id)).findFirst();
    }
  }

  Kind kind();

  /**
   * Low-rank branches, perhaps none, and whole weights.
   *
   * @param scaled whether rows are scaled, as DoRA does
   */
  record LowRank(LoraScaling scaling, boolean scaled) implements PackageMethod {
    @Override
    public Kind kind() {
      return scaled ? Kind.DORA : Kind.LORA;
    }
  }

  /**
   * Virtual tokens.
   *
   * @param tokens how many
   * @param numbers that stand for each
   */
  record Virtual(SoftPrompt.Kind prompt, long tokens, long numbers) implements PackageMethod {
    static Virtual of(SoftPrompt prompt) {
      return new Virtual(
          prompt.kind(), prompt.tensor().shape().dim(0), prompt.tensor().shape().dim(1));
    }

    @Override
    public Kind kind() {
      return switch (prompt) {
        case VECTORS -> Kind.PROMPT_TUNING;
        case CACHE -> Kind.PREFIX_TUNING;
      };
    }

    /** What has to be there for it in a base. */
    InterfacePrompt.Kind place() {
      return switch (prompt) {
        case VECTORS -> InterfacePrompt.Kind.VECTORS;
        case CACHE -> InterfacePrompt.Kind.CACHE;
      };
    }
  }
}
