package org.m4fw.targets;

import java.util.Locale;

/** What a target file can say about a machine. All peaks are theoretical ones. */
public enum FigureName {
  MEMORY("bytes"),
  MEMORY_BANDWIDTH("bytes/s"),
  LAST_LEVEL_CACHE("bytes"),
  FLOAT32_PEAK("operations/s"),
  FLOAT16_PEAK("operations/s"),
  INT8_PEAK("operations/s");

  private final String unit;

  FigureName(String unit) {
    this.unit = unit;
  }

  public String unit() {
    return unit;
  }

  /** As a target file spells it: {@code memory_bandwidth}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
