package org.m4fw.graph.pass;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Port;
import org.m4fw.graph.ir.Weight;

/**
 * Makes two parts of a decoder: one that looks tokens up, {@code input_ids} [B, S] to {@code
 * inputs_embeds} [B, S, width], and one that goes on from there. Between them anything may put
 * vectors that are no tokens: projected images, learned prompts.
 */
public final class EmbeddingSplit {
  public static final String IDS = "input_ids";
  public static final String VECTORS = "inputs_embeds";

  private EmbeddingSplit() {}

  /**
   * The model with its decoder split.
   *
   * @param name where the model is from, for messages
   * @throws org.m4fw.base.problem.ProblemException with {@link PassError#NO_EMBEDDING}
   */
  public static Model apply(String name, Model model) {
    Node lookup = lookup(name, model);
    SequencedMap<String, Graph> parts = new LinkedHashMap<>();
    model
        .parts()
        .forEach(
            (part, graph) -> {
              if (part.equals(Model.DECODER)) {
                parts.put(Model.EMBEDDING, embedding(graph, lookup));
                parts.put(part, decoder(graph, lookup));
              } else {
                parts.put(part, graph);
              }
            });
    return new Model(model.architecture(), parts);
  }

  /**
   * The model with the two parts beside its decoder, as {@link Model#EMBEDDING} and {@link
   * Model#VECTORS}.
   *
   * @param name where the model is from, for messages
   * @throws org.m4fw.base.problem.ProblemException with {@link PassError#NO_EMBEDDING}
   */
  public static Model beside(String name, Model model) {
    Node lookup = lookup(name, model);
    Graph whole = model.part(Model.DECODER);
    SequencedMap<String, Graph> parts = new LinkedHashMap<>(model.parts());
    parts.put(Model.EMBEDDING, embedding(whole, lookup));
    parts.put(Model.VECTORS, decoder(whole, lookup));
    return new Model(model.architecture(), parts);
  }

  private static Node lookup(String name, Model model) {
    Graph decoder = model.parts().get(Model.DECODER);
    if (decoder == null || decoder.decoder().isEmpty()) {
      throw PassError.NO_EMBEDDING.at(name, Model.DECODER);
    }
    return decoder.nodes().stream()
        .filter(node -> node.operator() instanceof Operator.Embedding)
        .filter(node -> node.inputs().equals(List.of(IDS)))
        .findFirst()
        .orElseThrow(() -> PassError.NO_EMBEDDING.at(name, Model.DECODER));
  }

  private static Graph embedding(Graph source, Node lookup) {
    Set<String> table = Set.of(((Operator.Embedding) lookup.operator()).weight());
    return new Graph(
        source.architecture(),
        source.inputs().stream().filter(port -> port.name().equals(IDS)).toList(),
        List.of(vectors(source)),
        List.of(new Node(lookup.name(), lookup.operator(), lookup.inputs(), List.of(VECTORS))),
        used(source.weights(), table),
        new TreeMap<>(),
        Optional.empty(),
        source.specialTokens(),
        points(source, lookup, true),
        replaceable(source, table));
  }

  private static Graph decoder(Graph source, Node lookup) {
    String rows = lookup.outputs().getFirst();
    List<Node> nodes = new ArrayList<>();
    Set<String> weights = new HashSet<>();
    for (Node node : source.nodes()) {
      if (node.equals(lookup)) {
        continue;
      }
      List<String> inputs =
          node.inputs().stream().map(input -> input.equals(rows) ? VECTORS : input).toList();
      nodes.add(new Node(node.name(), node.operator(), inputs, node.outputs()));
      weights.addAll(WeightUse.of(node));
    }
    return new Graph(
        source.architecture(),
        source.inputs().stream()
            .map(port -> port.name().equals(IDS) ? vectors(source) : port)
            .toList(),
        source.outputs(),
        nodes,
        used(source.weights(), weights),
        source.literals(),
        source.decoder(),
        source.specialTokens(),
        points(source, lookup, false),
        replaceable(source, weights));
  }

  /** The attachment point of the lookup, or all others. */
  private static List<AttachmentPoint> points(Graph source, Node lookup, boolean own) {
    return source.attachmentPoints().stream()
        .filter(point -> point.name().equals(lookup.name()) == own)
        .toList();
  }

  private static SortedSet<String> replaceable(Graph source, Set<String> weights) {
    SortedSet<String> names = new TreeSet<>(source.replaceable());
    names.retainAll(weights);
    return names;
  }

  private static Port vectors(Graph source) {
    return new Port(
        VECTORS,
        ElementType.FLOAT32,
        List.of(
            Port.symbolic("batch_size"),
            Port.symbolic("sequence_length"),
            Port.fixed(source.decoder().orElseThrow().width())));
  }

  private static SortedMap<String, Weight> used(SortedMap<String, Weight> all, Set<String> names) {
    return all.entrySet().stream()
        .filter(entry -> names.contains(entry.getKey()))
        .collect(
            Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
  }
}
