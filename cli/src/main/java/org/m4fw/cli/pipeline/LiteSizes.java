package org.m4fw.cli.pipeline;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.pass.AttachedPoints;
import org.m4fw.targets.Target;

/**
 * The sizes that a .tflite file has for good.
 *
 * @param buckets sizes that shall not be the usual ones, one map per bucket
 * @param adapterRank the rank in which layers take every adapter; without one they take none, and
 *     the file is what it would be if there were no adapters
 * @param representative the matrices of an adapter, by the names of inputs and in their shapes,
 *     that ranges are measured with, where a device computes in whole numbers; layers that it does
 *     not change take no adapters then
 */
public record LiteSizes(
    List<SortedMap<String, Long>> buckets,
    OptionalInt adapterRank,
    SortedMap<String, Tensor> representative) {
  public LiteSizes {
    buckets = List.copyOf(buckets);
    representative = Collections.unmodifiableSortedMap(new TreeMap<>(representative));
  }

  /** For floating point, or without adapters. */
  public LiteSizes(List<SortedMap<String, Long>> buckets, OptionalInt adapterRank) {
    this(buckets, adapterRank, new TreeMap<>());
  }

  /** The model as a target is to get it. */
  Model adapted(String name, Model model, Target target) {
    if (adapterRank.isEmpty() || target.activations().isEmpty()) {
      return model;
    }
    if (representative.isEmpty()) {
      throw PipelineError.NO_REPRESENTATIVE.at(name, "--adapter-rank", target.id());
    }
    return AttachedPoints.only(
        model,
        model.parts().values().stream()
            .flatMap(graph -> graph.attachmentPoints().stream())
            .filter(point -> representative.containsKey(point.inputA()))
            .map(AttachmentPoint::name)
            .collect(Collectors.toSet()));
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
