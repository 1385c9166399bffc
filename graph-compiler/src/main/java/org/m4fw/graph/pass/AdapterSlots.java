package org.m4fw.graph.pass;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;

/**
 * Room for adapters that change more than low-rank branches can. It costs time or memory, so that a
 * graph has it only where it was asked for.
 */
public final class AdapterSlots {
  private AdapterSlots() {}

  /** What can be asked for. */
  public enum Slot {
    /** The biases of layers with attachment points are inputs that adapters may bring. */
    BIASES,
    /** Convolutions take low-rank kernels: their input is laid out once more for each. */
    CONVOLUTIONS,
    /** Tables of tokens take low-rank branches: a lookup and a small product for each token. */
    EMBEDDINGS,
    /** Adapters may scale the outputs of attachment points: a multiplication at each. */
    SCALES,
    /**
     * Tables of tokens and heads are inputs that adapters may bring whole; they are not quantized.
     * A head that is tied to its table is not among them, as a layer of its own would be needed.
     */
    TABLES;

    /** As recipes spell it. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The model with room for these. */
  public static Model apply(Model model, Set<Slot> slots) {
    if (slots.isEmpty()) {
      return model;
    }
    Model with = model;
    if (slots.contains(Slot.SCALES)) {
      with =
          ScaledPoints.apply(
              with,
              with.parts().values().stream()
                  .flatMap(graph -> graph.attachmentPoints().stream())
                  .map(AttachmentPoint::name)
                  .collect(Collectors.toSet()));
    }
    if (slots.contains(Slot.EMBEDDINGS)) {
      with = AdaptedTables.apply(with, new TreeSet<>(AdaptedTables.names(with)));
    }
    if (slots.contains(Slot.CONVOLUTIONS)) {
      with = AdaptedConvolutions.apply(with);
    }
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    with.parts().forEach((name, graph) -> parts.put(name, replaceable(graph, slots)));
    return new Model(with.architecture(), parts, with.leftOut());
  }

  private static Graph replaceable(Graph graph, Set<Slot> slots) {
    TreeSet<String> names = new TreeSet<>(graph.replaceable());
    if (slots.contains(Slot.BIASES)) {
      graph.nodes().stream()
          .filter(node -> node.operator() instanceof Operator.Linear)
          .map(node -> (Operator.Linear) node.operator())
          .filter(linear -> linear.attachment().isPresent())
          .flatMap(linear -> linear.bias().stream())
          .forEach(names::add);
    }
    if (slots.contains(Slot.TABLES)) {
      graph.weights().values().stream()
          .filter(AdapterSlots::isTable)
          .map(Weight::name)
          .filter(name -> readers(graph, name) == 1)
          .forEach(names::add);
    }
    return new Graph(
        graph.architecture(),
        graph.inputs(),
        graph.outputs(),
        graph.nodes(),
        graph.weights(),
        graph.literals(),
        graph.decoder(),
        graph.specialTokens(),
        graph.attachmentPoints(),
        names);
  }

  private static boolean isTable(Weight weight) {
    return weight.role() == Weight.Role.EMBEDDING || weight.role() == Weight.Role.HEAD;
  }

  private static long readers(Graph graph, String weight) {
    return graph.nodes().stream().filter(node -> WeightUse.of(node).contains(weight)).count();
  }

  /** What a word of a recipe means, if it is one of these. */
  public static Optional<Slot> of(String id) {
    for (Slot slot : Slot.values()) {
      if (slot.id().equals(id)) {
        return Optional.of(slot);
      }
    }
    return Optional.empty();
  }
}
