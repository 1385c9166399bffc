package org.m4fw.adapter;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.m4fw.adapter.contract.InterfacePoint;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.base.digest.Digest;
import org.m4fw.graph.ir.AttachmentPoint;

/** Makes the interface record of a graph. */
public final class Interfaces {
  /**
   * Enough for adapters on phones, which are best at ranks up to 16; bounds what a device keeps.
   */
  public static final int MAX_RANK = 64;

  private static final SortedSet<String> KINDS = new TreeSet<>(List.of("lora"));
  private static final SortedSet<String> DTYPES = new TreeSet<>(List.of("bf16", "f16", "f32"));

  private Interfaces() {}

  /**
   * The interface that a graph with these attachment points implements.
   *
   * @param id such as {@code m4.backbone}
   * @param tokenizer the digest of {@code tokenizer.json}; empty for models without one
   * @param weights {@link org.m4fw.checkpoint.Checkpoint#weightsDigest} of the base
   */
  public static InterfaceRecord describe(
      String id,
      SemanticVersion version,
      List<AttachmentPoint> points,
      Optional<Digest> tokenizer,
      Digest weights) {
    return new InterfaceRecord(
        id,
        version,
        points.stream()
            .map(
                point ->
                    new InterfacePoint(
                        point.name(), point.in(), point.out(), KINDS, MAX_RANK, DTYPES))
            .toList(),
        Arrays.stream(LoraScaling.values())
            .map(LoraScaling::id)
            .collect(Collectors.toCollection(TreeSet::new)),
        tokenizer,
        weights);
  }
}
