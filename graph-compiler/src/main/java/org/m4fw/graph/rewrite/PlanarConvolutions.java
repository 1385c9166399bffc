package org.m4fw.graph.rewrite;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.m4fw.graph.fixed.FixedGraph;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;

/**
 * Convolutions of sequences and of videos as convolutions of images. A sequence is an image one
 * high; where the kernel covers all frames of a video there is one step in time, so that the frames
 * of a channel are channels of their own.
 */
public record PlanarConvolutions() implements Rewrite {
  @Override
  public String id() {
    return "planar-convolutions";
  }

  @Override
  public FixedGraph apply(String file, FixedGraph graph) {
    return Rewrite.each(
        file, graph, (node, operator, steps) -> rewrite(node, operator, graph, steps));
  }

  private static void rewrite(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    boolean convolution = operator.type().equals("Conv") || operator.type().equals("ConvTranspose");
    int rank = graph.value(node.inputs().getFirst()).rank();
    if (convolution && rank == 3) {
      sequence(node, operator, graph, steps);
    } else if (operator.type().equals("Conv")
        && rank == 5
        && coversAllFrames(node, operator, graph)) {
      video(node, operator, graph, steps);
    } else {
      steps.keep(node);
    }
  }

  private static void sequence(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    String y = node.outputs().getFirst();
    List<String> inputs = new ArrayList<>(node.inputs());
    inputs.set(0, steps.reshape(y + ".image", inputs.get(0), high(graph, inputs.get(0))));
    inputs.set(1, steps.reshape(y + ".kernel", inputs.get(1), high(graph, inputs.get(1))));
    Map<String, Attribute> attributes = new HashMap<>(operator.attributes());
    widen(attributes, "strides", 1);
    widen(attributes, "dilations", 1);
    widen(attributes, "kernel_shape", 1);
    widen(attributes, "output_padding", 0);
    List<Long> pads = Rewrite.integers(operator, "pads");
    if (!pads.isEmpty()) {
      attributes.put("pads", new Attribute.Ints(List.of(0L, pads.get(0), 0L, pads.get(1))));
    }
    String image =
        steps.op(operator.type(), attributes, y + ".planar", inputs.toArray(String[]::new));
    steps.reshape(y, image, graph.value(y).dims());
  }

  /** [A, B, L] to [A, B, 1, L]. */
  private static List<Long> high(FixedGraph graph, String value) {
    List<Long> dims = new ArrayList<>(graph.value(value).dims());
    dims.add(2, 1L);
    return dims;
  }

  private static void widen(Map<String, Attribute> attributes, String name, long first) {
    if (attributes.get(name) instanceof Attribute.Ints(List<Long> values)) {
      attributes.put(name, new Attribute.Ints(List.of(first, values.getFirst())));
    }
  }

  private static boolean coversAllFrames(Node node, Primitive operator, FixedGraph graph) {
    List<Long> pads = Rewrite.integers(operator, "pads");
    List<Long> dilations = Rewrite.integers(operator, "dilations");
    long frames = graph.value(node.inputs().get(0)).dims().get(2);
    return frames == graph.value(node.inputs().get(1)).dims().get(2)
        && (pads.isEmpty() || (pads.get(0) == 0 && pads.get(3) == 0))
        && (dilations.isEmpty() || dilations.getFirst() == 1)
        && Rewrite.integer(operator, "group", 1) == 1;
  }

  private static void video(Node node, Primitive operator, FixedGraph graph, Steps steps) {
    String y = node.outputs().getFirst();
    List<String> inputs = new ArrayList<>(node.inputs());
    inputs.set(0, steps.reshape(y + ".image", inputs.get(0), flat(graph, inputs.get(0))));
    inputs.set(1, steps.reshape(y + ".kernel", inputs.get(1), flat(graph, inputs.get(1))));
    Map<String, Attribute> attributes = new HashMap<>(operator.attributes());
    for (String name : List.of("strides", "dilations", "kernel_shape")) {
      List<Long> values = Rewrite.integers(operator, name);
      if (!values.isEmpty()) {
        attributes.put(name, new Attribute.Ints(values.subList(1, 3)));
      }
    }
    List<Long> pads = Rewrite.integers(operator, "pads");
    if (!pads.isEmpty()) {
      attributes.put(
          "pads", new Attribute.Ints(List.of(pads.get(1), pads.get(2), pads.get(4), pads.get(5))));
    }
    String image = steps.op("Conv", attributes, y + ".planar", inputs.toArray(String[]::new));
    steps.reshape(y, image, graph.value(y).dims());
  }

  /** [A, B, T, H, W] to [A, B·T, H, W]. */
  private static List<Long> flat(FixedGraph graph, String value) {
    List<Long> dims = graph.value(value).dims();
    return List.of(dims.get(0), dims.get(1) * dims.get(2), dims.get(3), dims.get(4));
  }
}
