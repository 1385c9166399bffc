package org.m4fw.graph.ir;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A component: one graph, or several that are run one after the other, such as an encoder and a
 * decoder. A value that one part gives and another takes has the same name in both.
 *
 * @param architecture the family, as the configuration names it
 * @param parts by name, in the order in which they run; {@code decoder} for a language model
 * @param leftOut trained parameters of the checkpoint that the graphs do not need, by where they
 *     are in it
 * @param stages the same, cut where sizes depend on what was computed, for devices that want all
 *     sizes fixed; empty where none do
 */
public record Model(
    String architecture,
    SequencedMap<String, Graph> parts,
    SortedMap<String, Long> leftOut,
    Optional<Model> stages) {
  /** The part that is run token by token. */
  public static final String DECODER = "decoder";

  /**
   * The part that gives a decoder the vectors of its tokens, where that is not the decoder's own.
   */
  public static final String EMBEDDING = "embedding";

  /**
   * The part that makes the keys and values that a decoder looks at besides those of its own
   * tokens; they do not change while it runs.
   */
  public static final String MEMORY = "memory";

  /** How the names of the values begin that {@link #MEMORY} gives and the decoder takes. */
  public static final String MEMORY_VALUES = "memory_key_values.";

  /**
   * The decoder from the vectors of {@link #EMBEDDING} on, beside a {@link #DECODER} that takes
   * tokens; both have the same weights.
   */
  public static final String VECTORS = "vectors";

  /**
   * Of a model in stages the part that says how much room the next ones take, as how long each
   * token is spoken. It is the host's, in floating point: a size that is rounded otherwise is
   * another result.
   */
  public static final String LENGTHS = "lengths";

  public Model {
    parts = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parts));
    leftOut = Collections.unmodifiableSortedMap(new TreeMap<>(leftOut));
  }

  /** A component that is not cut into stages. */
  public Model(
      String architecture, SequencedMap<String, Graph> parts, SortedMap<String, Long> leftOut) {
    this(architecture, parts, leftOut, Optional.empty());
  }

  /** A component that uses all parameters of its checkpoint. */
  public Model(String architecture, SequencedMap<String, Graph> parts) {
    this(architecture, parts, new TreeMap<>());
  }

  /** A component of one graph. */
  public static Model of(String part, Graph graph) {
    return new Model(graph.architecture(), new LinkedHashMap<>(Map.of(part, graph)));
  }

  /** The same with a record of what was left out. */
  public Model leavingOut(SortedMap<String, Long> parameters) {
    return new Model(architecture, parts, parameters, stages);
  }

  /** The same with the stages that it falls apart into. */
  public Model withStages(Optional<Model> others) {
    return new Model(architecture, parts, leftOut, others);
  }

  /** This model as devices take it that want all sizes fixed. */
  public Model inStages() {
    return stages.orElse(this);
  }

  /** The part of that name; it has to be there. */
  public Graph part(String name) {
    Graph part = parts.get(name);
    if (part == null) {
      throw new IllegalArgumentException("no part " + name + " in " + parts.keySet());
    }
    return part;
  }

  /** All weights of all parts, by name. */
  public SortedMap<String, Weight> weights() {
    SortedMap<String, Weight> weights = new TreeMap<>();
    parts.values().forEach(graph -> weights.putAll(graph.weights()));
    return weights;
  }

  /** The number of trained parameters; what parts share counts once. */
  public long parameters() {
    return weights().values().stream().mapToLong(weight -> weight.shape().count()).sum();
  }
}
