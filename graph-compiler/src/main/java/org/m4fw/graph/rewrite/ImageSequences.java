package org.m4fw.graph.rewrite;

import java.util.List;
import java.util.Map;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * The pixels of an image [N, C, H, W] as a sequence [N, H·W, C], and back, by way of the image with
 * its channels last, [N, H, W, C], which is how devices have it: no element has to move.
 */
public record ImageSequences() implements Rewrite {
  private static final List<Long> SWAP = List.of(0L, 2L, 1L);

  @Override
  public String id() {
    return "image-sequences";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    Map<String, Node> makers = Rewrite.makers(graph);
    return Rewrite.each(
        file,
        graph,
        (node, operator, steps) -> {
          Node maker = makers.get(node.inputs().getFirst());
          if (maker == null || !(maker.operator() instanceof Primitive before)) {
            steps.keep(node);
          } else if (isSwap(operator) && before.type().equals("Reshape")) {
            toSequence(node, maker, graph, steps);
          } else if (operator.type().equals("Reshape") && isSwap(before)) {
            toImage(node, maker, graph, steps);
          } else {
            steps.keep(node);
          }
        });
  }

  private static boolean isSwap(Primitive operator) {
    return operator.type().equals("Transpose") && Rewrite.integers(operator, "perm").equals(SWAP);
  }

  private static void toSequence(Node node, Node flat, FixedGraph graph, Steps steps) {
    String image = flat.inputs().getFirst();
    String y = node.outputs().getFirst();
    List<Long> from = graph.value(image).dims();
    List<Long> to = graph.value(y).dims();
    boolean pixels =
        from.size() == 4 && from.get(0).equals(to.get(0)) && from.get(1).equals(to.get(2));
    if (!pixels) {
      steps.keep(node);
      return;
    }
    String last = steps.transpose(y + ".channels_last", image, List.of(0L, 2L, 3L, 1L));
    steps.reshape(y, last, to);
  }

  private static void toImage(Node node, Node swapped, FixedGraph graph, Steps steps) {
    String sequence = swapped.inputs().getFirst();
    String y = node.outputs().getFirst();
    List<Long> from = graph.value(sequence).dims();
    List<Long> to = graph.value(y).dims();
    boolean pixels =
        to.size() == 4 && from.get(0).equals(to.get(0)) && from.get(2).equals(to.get(1));
    if (!pixels) {
      steps.keep(node);
      return;
    }
    String last =
        steps.reshape(
            y + ".channels_last", sequence, List.of(to.get(0), to.get(2), to.get(3), to.get(1)));
    steps.transpose(y, last, List.of(0L, 3L, 1L, 2L));
  }
}
