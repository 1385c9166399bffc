package org.m4fw.targets;

import java.util.Locale;

/**
 * What a target file can say about a machine. Peaks are theoretical ones, which nothing exceeds;
 * what is sustained was measured with a whole model and is what to expect.
 */
public enum FigureName {
  MEMORY("bytes"),
  MEMORY_BANDWIDTH("bytes/s"),
  LAST_LEVEL_CACHE("bytes"),
  FLOAT32_PEAK("operations/s"),
  FLOAT16_PEAK("operations/s"),
  INT8_PEAK("operations/s"),
  MEMORY_BANDWIDTH_SUSTAINED("bytes/s"),
  FLOAT32_SUSTAINED("operations/s"),
  FLOAT16_SUSTAINED("operations/s"),
  INT8_SUSTAINED("operations/s"),
  /** What it costs to go over to another processor and back once, apart from the bytes. */
  PARTITION_COST("ns"),
  /** What the machine takes while it computes. */
  POWER("mW");

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
