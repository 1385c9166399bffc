package org.m4fw.graph.rewrite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * What is computed between the convolutions of a sequence as images one high, as {@link
 * PlanarConvolutions} makes these: so that the channels can stay last from one to the next, and
 * nothing is transposed between them.
 */
public record PlanarSequences() implements Rewrite {
  private static final Set<String> EACH =
      Set.of("Add", "Div", "LeakyRelu", "Mul", "Relu", "Sigmoid", "Sub", "Tanh");

  /** Operators along an axis, which has to be that of the channels. */
  private static final Set<String> CHANNELS = Set.of("Concat", "Gather", "Slice");

  @Override
  public String id() {
    return "planar-sequences";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    Map<String, String> images = new HashMap<>();
    Map<String, String> given = new HashMap<>();
    return Rewrite.each(
        file,
        graph,
        (node, operator, steps) -> {
          String y = node.outputs().getFirst();
          int sequences = sequences(node, operator, graph);
          if (operator.type().equals("Reshape") && isOfImage(node, graph)) {
            images.put(y, node.inputs().getFirst());
            steps.keep(node);
          } else if (node.inputs().subList(0, sequences).stream().anyMatch(images::containsKey)) {
            List<String> inputs = new ArrayList<>(node.inputs());
            inputs.subList(0, sequences).replaceAll(x -> image(x, images, given, graph, steps));
            images.put(
                y,
                steps.op(
                    operator.type(),
                    operator.attributes(),
                    high(y),
                    inputs.toArray(String[]::new)));
            steps.reshape(y, high(y), graph.value(y).dims());
          } else {
            steps.keep(node);
          }
        });
  }

  private static String high(String sequence) {
    return sequence + ".high";
  }

  /** The image of a sequence, made once if it is not there; a single number is what it is. */
  private static String image(
      String sequence,
      Map<String, String> images,
      Map<String, String> made,
      FixedGraph graph,
      Steps steps) {
    String image = images.get(sequence);
    List<Long> dims = graph.value(sequence).dims();
    if (image != null || dims.size() != 3) {
      return image == null ? sequence : image;
    }
    return made.computeIfAbsent(sequence, x -> steps.reshape(high(x), x, high(dims)));
  }

  /** From [B, C, 1, L] to [B, C, L]. */
  private static boolean isOfImage(Node node, FixedGraph graph) {
    List<Long> from = graph.value(node.inputs().getFirst()).dims();
    List<Long> to = graph.value(node.outputs().getFirst()).dims();
    return from.size() == 4 && to.size() == 3 && from.get(2) == 1 && from.equals(high(to));
  }

  private static List<Long> high(List<Long> dims) {
    List<Long> high = new ArrayList<>(dims);
    high.add(2, 1L);
    return high;
  }

  /** How many of the inputs, the first ones, are sequences; 0 where it is not done. */
  private static int sequences(Node node, Primitive operator, FixedGraph graph) {
    if (node.outputs().size() != 1 || graph.value(node.outputs().getFirst()).rank() != 3) {
      return 0;
    }
    if (CHANNELS.contains(operator.type())) {
      return isAlongChannels(node, operator, graph)
          ? operator.type().equals("Concat") ? node.inputs().size() : 1
          : 0;
    }
    boolean each =
        EACH.contains(operator.type())
            && node.inputs().stream()
                .allMatch(x -> graph.value(x).rank() == 3 || graph.value(x).count() == 1);
    return each ? node.inputs().size() : 0;
  }

  private static boolean isAlongChannels(Node node, Primitive operator, FixedGraph graph) {
    if (operator.type().equals("Slice")) {
      Literal axes =
          node.inputs().size() == 4 ? graph.graph().literals().get(node.inputs().get(3)) : null;
      return axes != null && Rewrite.integers(axes).equals(List.of(1L));
    }
    return Rewrite.integer(operator, "axis", 0) == 1;
  }
}
