package org.m4fw.targets;

/**
 * A figure about a machine, never without its source.
 *
 * @param value in the unit of its {@link FigureName}
 * @param source where it is from: a page, a measurement, or the calculation
 * @param confidence how sure it is
 */
public record Figure(long value, String source, Confidence confidence) {

  /** How sure a figure is. */
  public enum Confidence {
    /** Published by the maker, read in source code, or measured. */
    HIGH,
    /** Computed from published figures, or repeated by several independent secondary sources. */
    MEDIUM,
    /** One weak source. */
    LOW
  }
}
