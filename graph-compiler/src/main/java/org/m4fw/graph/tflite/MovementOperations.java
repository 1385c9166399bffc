package org.m4fw.graph.tflite;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.graph.ir.Operator.Primitive;
import org.m4fw.graph.tflite.LiteModel.Option;

/** Operators that only move elements. */
final class MovementOperations {
  private final LiteGraph graph;
  private final LiteValues values;

  MovementOperations(LiteGraph graph, LiteValues values) {
    this.graph = graph;
    this.values = values;
  }

  /** What is moved, stored as the result is. */
  private int first(Node node) {
    return values.like(node.inputs().getFirst(), y(node));
  }

  private static String y(Node node) {
    return node.outputs().getFirst();
  }

  /** Of a constant nothing has to be computed: the same bytes in another shape. */
  void reshape(Node node) {
    String x = node.inputs().getFirst();
    List<Integer> shape = LiteValues.shape(values.value(y(node)).dims());
    if (values.isConstant(x)) {
      values.view(y(node), x);
    } else if (graph.shape(values.tensor(x)).equals(shape)) {
      values.put(y(node), first(node));
    } else {
      values.put(y(node), graph.reshape(node.name(), y(node), first(node), shape));
    }
  }

  void identity(Node node) {
    String x = node.inputs().getFirst();
    if (values.isChannelsLastOnly(x)) {
      values.putChannelsLast(y(node), values.channelsLastLike(x, y(node)));
    } else {
      values.put(y(node), first(node));
    }
  }

  /** Between the two orders of an image's axes there may be nothing to do. */
  void transpose(Node node, Primitive operator) {
    String x = node.inputs().getFirst();
    List<Integer> order = order(operator, values.value(x).rank());
    if (order.equals(LiteValues.TO_CHANNELS_LAST)) {
      values.put(y(node), values.channelsLastLike(x, y(node)));
    } else if (order.equals(LiteValues.TO_CHANNELS_FIRST)) {
      values.putChannelsLast(y(node), first(node));
    } else {
      values.put(y(node), graph.transpose(node.name(), y(node), first(node), order));
    }
  }

  private static List<Integer> order(Primitive operator, int rank) {
    if (operator.attributes().get("perm") instanceof Attribute.Ints(List<Long> order)) {
      return LiteValues.shape(order);
    }
    List<Integer> reversed = new ArrayList<>();
    for (int axis = rank - 1; axis >= 0; axis--) {
      reversed.add(axis);
    }
    return reversed;
  }

  private static int axis(Primitive operator, int rank, long otherwise) {
    long axis =
        operator.attributes().get("axis") instanceof Attribute.Int(long value) ? value : otherwise;
    return (int) (axis < 0 ? axis + rank : axis);
  }

  void concat(Node node, Primitive operator) {
    int rank = values.value(y(node)).rank();
    int axis = axis(operator, rank, 0);
    boolean images =
        rank == 4 && axis == 1 && node.inputs().stream().anyMatch(values::isChannelsLastOnly);
    Integer[] inputs =
        node.inputs().stream()
            .map(
                input ->
                    images ? values.channelsLastLike(input, y(node)) : values.like(input, y(node)))
            .toArray(Integer[]::new);
    int output = images ? values.outputChannelsLast(y(node)) : values.output(y(node));
    graph.op(
        BuiltinOperator.CONCATENATION,
        1,
        List.of(new Option.Whole(0, images ? 3 : axis), new Option.Choice(1, 0)),
        node.name(),
        output,
        inputs);
  }

  /** Whether what is moved is there with its channels last, and stays so. */
  private boolean isImage(Node node) {
    return values.value(y(node)).rank() == 4 && values.isChannelsLastOnly(node.inputs().getFirst());
  }

  void slice(Node node) {
    List<Long> dims = values.value(node.inputs().getFirst()).dims();
    List<Long> starts = numbers(node, 1);
    List<Integer> begin = new ArrayList<>(Collections.nCopies(dims.size(), 0));
    List<Integer> steps = new ArrayList<>(Collections.nCopies(dims.size(), 1));
    for (int i = 0; i < starts.size(); i++) {
      long named = node.inputs().size() > 3 ? numbers(node, 3).get(i) : i;
      int axis = (int) (named < 0 ? named + dims.size() : named);
      long size = dims.get(axis);
      long step = node.inputs().size() > 4 ? numbers(node, 4).get(i) : 1;
      if (step < 1) {
        throw LiteError.NO_EQUIVALENT.at(node.name(), "", "Slice", "steps backwards");
      }
      long start = starts.get(i) < 0 ? starts.get(i) + size : starts.get(i);
      begin.set(axis, (int) Math.clamp(start, 0, size));
      steps.set(axis, Math.toIntExact(step));
    }
    boolean image = isImage(node);
    if (image) {
      begin = LiteValues.channelsLast(begin);
      steps = LiteValues.channelsLast(steps);
    }
    int x = image ? values.channelsLastLike(node.inputs().getFirst(), y(node)) : first(node);
    int output = image ? values.outputChannelsLast(y(node)) : values.output(y(node));
    List<Integer> shape = graph.shape(output);
    if (Collections.max(steps) == 1) {
      graph.op(
          BuiltinOperator.SLICE,
          1,
          List.of(),
          node.name(),
          output,
          x,
          graph.ints(begin),
          graph.ints(shape));
      return;
    }
    List<Integer> end = new ArrayList<>();
    for (int axis = 0; axis < shape.size(); axis++) {
      end.add(begin.get(axis) + (shape.get(axis) - 1) * steps.get(axis) + 1);
    }
    List<Option> options = new ArrayList<>();
    for (int slot = 0; slot < 5; slot++) {
      options.add(new Option.Whole(slot, 0));
    }
    graph.op(
        BuiltinOperator.STRIDED_SLICE,
        1,
        options,
        node.name(),
        output,
        x,
        graph.ints(begin),
        graph.ints(end),
        graph.ints(steps));
  }

  void gather(Node node, Primitive operator) {
    int axis = axis(operator, values.value(node.inputs().getFirst()).rank(), 0);
    int indices = values.tensor(node.inputs().get(1));
    boolean image = isImage(node) && values.value(node.inputs().get(1)).rank() == 1;
    int x = image ? values.channelsLastLike(node.inputs().getFirst(), y(node)) : first(node);
    graph.op(
        BuiltinOperator.GATHER,
        1,
        List.of(
            new Option.Whole(0, image ? LiteValues.TO_CHANNELS_LAST.indexOf(axis) : axis),
            new Option.Whole(1, 0)),
        node.name(),
        image ? values.outputChannelsLast(y(node)) : values.output(y(node)),
        x,
        indices);
  }

  void pad(Node node, Primitive operator) {
    String mode =
        operator.attributes().get("mode") instanceof Attribute.Text(String text)
            ? text
            : "constant";
    boolean bordered = node.inputs().size() > 2 && !node.inputs().get(2).isEmpty();
    if (!mode.equals("constant") || node.inputs().size() > 3) {
      throw LiteError.NO_EQUIVALENT.at(node.name(), "", "Pad", mode);
    }
    List<Long> pads = numbers(node, 1);
    int rank = pads.size() / 2;
    List<Integer> amounts = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      amounts.add(Math.toIntExact(pads.get(axis)));
      amounts.add(Math.toIntExact(pads.get(axis + rank)));
    }
    int x = first(node);
    int table = graph.ints(amounts, List.of(rank, 2));
    int output = values.output(y(node));
    if (bordered) {
      int border = values.like(node.inputs().get(2), y(node));
      graph.op(BuiltinOperator.PADV2, 1, List.of(), node.name(), output, x, table, border);
    } else {
      graph.op(BuiltinOperator.PAD, 1, List.of(), node.name(), output, x, table);
    }
  }

  /** Images a whole number of times as large, each pixel repeated. */
  void resize(Node node, Primitive operator) {
    String x = node.inputs().getFirst();
    List<Long> from = values.value(x).dims();
    List<Long> to = values.value(y(node)).dims();
    boolean nearest =
        operator.attributes().get("mode") instanceof Attribute.Text(String mode)
            && mode.equals("nearest");
    if (!nearest
        || from.size() != 4
        || to.get(2) % from.get(2) != 0
        || to.get(3) % from.get(3) != 0) {
      throw LiteError.NO_EQUIVALENT.at(node.name(), "", "Resize", "not of whole pixels");
    }
    int image = values.channelsLastLike(x, y(node));
    graph.op(
        BuiltinOperator.RESIZE_NEAREST_NEIGHBOR,
        1,
        List.of(new Option.Flag(0, false), new Option.Flag(1, false)),
        node.name(),
        values.outputChannelsLast(y(node)),
        image,
        graph.ints(List.of(Math.toIntExact(to.get(2)), Math.toIntExact(to.get(3)))));
  }

  /** The numbers of a constant vector. */
  private List<Long> numbers(Node node, int input) {
    return values
        .integers(node.inputs().get(input))
        .orElseThrow(
            () ->
                LiteError.NO_EQUIVALENT.at(
                    node.name(), "", node.name(), "sizes that the graph computes"));
  }
}
