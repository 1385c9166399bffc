package org.m4fw.adapter.lora;

/** How alpha and the rank make the factor of a low-rank branch. */
public enum LoraScaling {
  /** The original: Hu et al., "LoRA", section 4.1. */
  ALPHA_OVER_RANK("alpha/r"),
  /** Rank-stabilised: Kalajdzievski, "A Rank Stabilization Scaling Factor". */
  ALPHA_OVER_ROOT_RANK("alpha/sqrt(r)");

  private final String id;

  LoraScaling(String id) {
    this.id = id;
  }

  /** As interface records and packages spell it. */
  public String id() {
    return id;
  }

  public double factor(double alpha, int rank) {
    return switch (this) {
      case ALPHA_OVER_RANK -> alpha / rank;
      case ALPHA_OVER_ROOT_RANK -> alpha / Math.sqrt(rank);
    };
  }
}
