package org.m4fw.graph.ir;

import java.util.Optional;
import org.m4fw.checkpoint.Extent;

/**
 * A weight in the bytes that a target reads.
 *
 * @param data where its numbers are
 * @param scales where its F16 scales are, if its encoding has some
 * @param zeroPoints where its zero points are, if its encoding has some
 */
public record EncodedWeight(
    Weight weight,
    Encoding encoding,
    Layout layout,
    Extent data,
    Optional<Extent> scales,
    Optional<Extent> zeroPoints) {

  /** Without zero points. */
  public EncodedWeight(
      Weight weight, Encoding encoding, Layout layout, Extent data, Optional<Extent> scales) {
    this(weight, encoding, layout, data, scales, Optional.empty());
  }
}
