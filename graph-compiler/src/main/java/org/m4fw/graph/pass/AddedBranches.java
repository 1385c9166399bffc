package org.m4fw.graph.pass;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Weight;

/**
 * Adds what adapters have beside the branches that graphs have inputs for, as parts of the graph:
 * to convolutions over neighbours low-rank branches, to any layer numbers of its own.
 */
public final class AddedBranches {
  private static final Shape SCALAR = Shape.of();

  private AddedBranches() {}

  /** What is added to the output of a layer. */
  public sealed interface Branch {
    /** The path of the layer. */
    String layer();

    /**
     * factor·up(down(x)), with down as wide as the layer's kernel and up over single positions.
     *
     * @param down [rank, in, kernel...]
     * @param up [out, rank, 1...]
     */
    record Convolution(String layer, Tensor down, Tensor up, float factor) implements Branch {}

    /**
     * The same numbers at every position, the last axis.
     *
     * @param values [out]
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Constant(String layer, float[] values) implements Branch {}
  }

  /**
   * The model with these branches.
   *
   * @param file where they are from, for messages
   * @throws org.m4fw.base.problem.ProblemException with {@link PassError#NO_SUCH_LAYER} or {@link
   *     PassError#WRONG_SHAPE}
   */
  public static Model apply(String file, Model model, List<? extends Branch> branches) {
    SequencedMap<String, Graph> parts = new LinkedHashMap<>(model.parts());
    for (Branch branch : branches) {
      String part =
          parts.entrySet().stream()
              .filter(entry -> entry.getValue().nodes().stream().anyMatch(n -> takes(n, branch)))
              .map(Map.Entry::getKey)
              .findFirst()
              .orElseThrow(() -> PassError.NO_SUCH_LAYER.at(file, branch.layer()));
      parts.computeIfPresent(part, (name, graph) -> with(graph, branch));
    }
    return new Model(model.architecture(), parts, model.leftOut());
  }

  /** The paths of all convolutions that a branch can be added to. */
  public static NavigableSet<String> convolutions(Model model) {
    NavigableSet<String> paths = new TreeSet<>();
    for (Graph graph : model.parts().values()) {
      graph.nodes().stream()
          .filter(AddedBranches::isConvolution)
          .filter(node -> graph.weights().containsKey(node.inputs().get(1)))
          .map(Node::name)
          .forEach(paths::add);
    }
    return paths;
  }

  private static boolean takes(Node node, Branch branch) {
    return node.name().equals(branch.layer())
        && switch (branch) {
          case Branch.Convolution convolution -> isConvolution(node);
          case Branch.Constant constant -> node.operator() instanceof Operator.Linear;
        };
  }

  private static boolean isConvolution(Node node) {
    return AdaptedConvolutions.takes(node.operator());
  }

  private static Graph with(Graph graph, Branch branch) {
    List<Node> nodes = new ArrayList<>();
    SortedMap<String, Weight> weights = new TreeMap<>(graph.weights());
    SortedMap<String, Literal> literals = new TreeMap<>(graph.literals());
    for (Node node : graph.nodes()) {
      if (!takes(node, branch)) {
        nodes.add(node);
        continue;
      }
      String output = node.outputs().getFirst();
      String plain = output + ".without";
      nodes.add(new Node(plain, node.operator(), node.inputs(), List.of(plain)));
      String added =
          switch (branch) {
            case Branch.Constant(String layer, float[] values) -> {
              String name = layer + ".lora_bias";
              literals.put(
                  name, Literal.real(ElementType.FLOAT32, Shape.of(values.length), values));
              yield name;
            }
            case Branch.Convolution convolution ->
                convolution(node, convolution, nodes, weights, literals);
          };
      nodes.add(new Node(node.name(), new Operator.Add(), List.of(plain, added), node.outputs()));
    }
    return new Graph(
        graph.architecture(),
        graph.inputs(),
        graph.outputs(),
        nodes,
        weights,
        literals,
        graph.decoder(),
        graph.specialTokens(),
        graph.attachmentPoints(),
        graph.replaceable());
  }

  private static String convolution(
      Node node,
      Branch.Convolution branch,
      List<Node> nodes,
      SortedMap<String, Weight> weights,
      SortedMap<String, Literal> literals) {
    Weight kernel = weights.get(node.inputs().get(1));
    if (kernel == null) {
      throw PassError.NO_SUCH_LAYER.at(branch.down().extent().file(), branch.layer());
    }
    long rank = branch.down().shape().dim(0);
    requireShape(branch.down(), dims(kernel.shape(), rank, kernel.shape().dim(1), false));
    requireShape(branch.up(), dims(kernel.shape(), kernel.shape().dim(0), rank, true));
    Operator.Primitive wide = (Operator.Primitive) node.operator();
    String down = branch.layer() + ".lora_A";
    String up = branch.layer() + ".lora_B";
    String factor = up + ".factor";
    nodes.add(
        new Node(
            down,
            wide,
            List.of(node.inputs().getFirst(), weight(weights, down, branch.down())),
            List.of(down)));
    nodes.add(
        new Node(
            up,
            Operator.Primitive.of("Conv"),
            List.of(down, weight(weights, up, branch.up())),
            List.of(up)));
    literals.put(factor, Literal.real(ElementType.FLOAT32, SCALAR, branch.factor()));
    String scaled = up + ".scaled";
    nodes.add(new Node(scaled, new Operator.Multiply(), List.of(up, factor), List.of(scaled)));
    return scaled;
  }

  /** Numbers of the adapter are stored as they are, whatever the scheme. */
  private static String weight(SortedMap<String, Weight> weights, String layer, Tensor tensor) {
    String name = layer + ".weight";
    weights.put(
        name,
        new Weight(name, Weight.Role.PARAMETER, tensor.shape(), new Weight.Source.Stored(tensor)));
    return name;
  }

  private static Shape dims(Shape kernel, long out, long in, boolean single) {
    List<Long> dims = new ArrayList<>(kernel.dims());
    dims.set(0, out);
    dims.set(1, in);
    for (int axis = 2; single && axis < dims.size(); axis++) {
      dims.set(axis, 1L);
    }
    return new Shape(dims);
  }

  private static void requireShape(Tensor found, Shape expected) {
    if (!found.shape().equals(expected)) {
      throw PassError.WRONG_SHAPE.at(found.extent().file(), found.name(), found.shape(), expected);
    }
  }
}
