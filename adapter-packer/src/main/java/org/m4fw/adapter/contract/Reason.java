package org.m4fw.adapter.contract;

import java.util.Locale;

/** Why an adapter does not fit, or what to know if it does. Codes never change their meaning. */
public enum Reason {
  INTERFACE_ID(true),
  INTERFACE_VERSION(true),
  TOKENIZER(true),
  KIND(true),
  SCALING(true),
  POINT_UNKNOWN(true),
  POINT_WIDTH(true),
  RANK(true),
  DTYPE(true),
  /** The base has the interface but other weights: quality is not known. */
  WEIGHTS(false);

  private final boolean refuses;

  Reason(boolean refuses) {
    this.refuses = refuses;
  }

  /** Whether the adapter cannot be used at all. */
  public boolean refuses() {
    return refuses;
  }

  /** The code in reports: {@code point-width}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
