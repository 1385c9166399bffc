package org.m4fw.graph.ir;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A model as operators over named values, in the order in which they can be computed.
 *
 * @param architecture the family, as the configuration names it: {@code llama}
 * @param inputs values that come from outside
 * @param outputs values that go out
 * @param weights trained tensors, by name; a node may use them as inputs too
 * @param literals computed constants, by the name of the value they give
 * @param decoder what its cache looks like, if it is run token by token
 * @param specialTokens as the configuration names them
 * @param attachmentPoints where adapters attach, in the order of the layers
 * @param replaceable weights that an adapter may bring its own of, by name: those of heads
 */
public record Graph(
    String architecture,
    List<Port> inputs,
    List<Port> outputs,
    List<Node> nodes,
    SortedMap<String, Weight> weights,
    SortedMap<String, Literal> literals,
    Optional<DecoderGeometry> decoder,
    SpecialTokens specialTokens,
    List<AttachmentPoint> attachmentPoints,
    SortedSet<String> replaceable) {
  public Graph {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    nodes = List.copyOf(nodes);
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    literals = Collections.unmodifiableSortedMap(new TreeMap<>(literals));
    attachmentPoints = List.copyOf(attachmentPoints);
    replaceable = Collections.unmodifiableSortedSet(new TreeSet<>(replaceable));
  }

  /** One whose weights all stay as they are. */
  public Graph(
      String architecture,
      List<Port> inputs,
      List<Port> outputs,
      List<Node> nodes,
      SortedMap<String, Weight> weights,
      SortedMap<String, Literal> literals,
      Optional<DecoderGeometry> decoder,
      SpecialTokens specialTokens,
      List<AttachmentPoint> attachmentPoints) {
    this(
        architecture,
        inputs,
        outputs,
        nodes,
        weights,
        literals,
        decoder,
        specialTokens,
        attachmentPoints,
        Collections.emptySortedSet());
  }

  /** The number of trained parameters. */
  public long parameters() {
    return weights.values().stream().mapToLong(weight -> weight.shape().count()).sum();
  }
}
