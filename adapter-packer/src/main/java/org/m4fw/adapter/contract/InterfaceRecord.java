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
 * @param scalings how alpha may make the factor: {@code alpha/r}, {@code alpha/sqrt(r)}
 * @param tokenizer the digest of {@code tokenizer.json}; empty for models without one
 * @param weights the digest of the weights before quantization, which tells whether an adapter was
 *     trained on these very weights
 */
public record InterfaceRecord(
    String id,
    SemanticVersion version,
    List<InterfacePoint> points,
    SortedSet<String> scalings,
    Optional<Digest> tokenizer,
    Digest weights) {
  public InterfaceRecord {
    points = points.stream().sorted(Comparator.comparing(InterfacePoint::name)).toList();
    scalings = Collections.unmodifiableSortedSet(new TreeSet<>(scalings));
  }
}
