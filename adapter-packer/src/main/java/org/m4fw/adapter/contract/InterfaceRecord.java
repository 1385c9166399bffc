package org.m4fw.adapter.contract;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.m4fw.base.digest.Digest;

/**
 * What a model offers to adapters. Adapters are bound to this, not to a build of the model: a model
 * with other weights or another quantization may implement the same interface.
 *
 * @param id such as {@code m4.backbone}
 * @param points sorted by name
 * @param slots what it offers besides low-rank branches
 * @param scalings how alpha may make the factor: {@code alpha/r}, {@code alpha/sqrt(r)}
 * @param tokenizer the digest of {@code tokenizer.json}; empty for models without one
 * @param preprocessing the digest of what is done to inputs before the graph gets them; empty if
 *     nobody said
 * @param weights the digest of the weights before quantization, which tells whether an adapter was
 *     trained on these very weights
 */
public record InterfaceRecord(
    String id,
    SemanticVersion version,
    List<InterfacePoint> points,
    Slots slots,
    SortedSet<String> scalings,
    Optional<Digest> tokenizer,
    Optional<Digest> preprocessing,
    Digest weights) {
  public InterfaceRecord {
    points = points.stream().sorted(Comparator.comparing(InterfacePoint::name)).toList();
    scalings = Collections.unmodifiableSortedSet(new TreeSet<>(scalings));
  }

  /** One that offers attachment points only. */
  public InterfaceRecord(
      String id,
      SemanticVersion version,
      List<InterfacePoint> points,
      SortedSet<String> scalings,
      Optional<Digest> tokenizer,
      Digest weights) {
    this(id, version, points, Slots.none(), scalings, tokenizer, Optional.empty(), weights);
  }

  /**
   * Places for more than low-rank branches.
   *
   * @param heads weights that may be replaced, sorted by name
   * @param projections from embeddings to the backbone, sorted by name
   * @param prompts sorted by name
   */
  public record Slots(
      List<InterfaceHead> heads,
      List<InterfaceProjection> projections,
      List<InterfacePrompt> prompts) {
    public Slots {
      heads = heads.stream().sorted(Comparator.comparing(InterfaceHead::name)).toList();
      projections =
          projections.stream().sorted(Comparator.comparing(InterfaceProjection::name)).toList();
      prompts = prompts.stream().sorted(Comparator.comparing(InterfacePrompt::name)).toList();
    }

    public static Slots none() {
      return new Slots(List.of(), List.of(), List.of());
    }
  }
}
