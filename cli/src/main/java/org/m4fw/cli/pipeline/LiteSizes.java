package org.m4fw.cli.pipeline;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.legalize.AdapterInputs;

/**
 * The sizes that a .tflite file has for good.
 *
 * @param buckets sizes that shall not be the usual ones, one map per bucket
 * @param adapterRank the rank in which layers take every adapter; without one they take none, and
 *     the file is what it would be if there were no adapters
 */
public record LiteSizes(List<SortedMap<String, Long>> buckets, OptionalInt adapterRank) {
  public LiteSizes {
    buckets = List.copyOf(buckets);
  }

  /** How graphs take adapters then. */
  AdapterInputs adapterInputs() {
    return adapterRank.isPresent() ? AdapterInputs.PADDED : AdapterInputs.NONE;
  }

  /** The sizes of a bucket, ranks included. */
  SortedMap<String, Long> of(Bucket bucket, Graph legalized) {
    SortedMap<String, Long> sizes = new TreeMap<>(bucket.sizes());
    sizes.putAll(ranks(legalized));
    return sizes;
  }

  private Map<String, Long> ranks(Graph legalized) {
    SortedMap<String, Long> ranks = new TreeMap<>();
    adapterRank.ifPresent(
        rank ->
            legalized.attachmentPoints().stream()
                .map(AttachmentPoint::rankAxis)
                .forEach(axis -> ranks.put(axis, (long) rank)));
    return ranks;
  }
}
