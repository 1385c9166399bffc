package org.m4fw.graph.legalize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;

/**
 * What an adapter adds to a convolution: all that the kernel covers at a position, brought side by
 * side as a row [channels·kernel], is multiplied as the input of a layer is. No runtime has to take
 * kernels at run time for that, of ranks that nobody knows before, or of rank 0.
 */
final class ConvolutionBranch {
  /** Before the spatial axes are those of samples and channels. */
  private static final int OUTER = 2;

  private final Lowering lowering;
  private final Map<String, Attribute> attributes;
  private final AttachmentPoint point;
  private final String output;
  private final int axes;

  private ConvolutionBranch(Lowering lowering, String output, Operator.Convolution convolution) {
    this.lowering = lowering;
    this.attributes = convolution.plain().attributes();
    this.point = convolution.attachment();
    this.output = output;
    this.axes = point.kernel().size();
  }

  static void lower(
      Lowering lowering, Node node, Operator.Convolution convolution, AdapterInputs inputs) {
    String output = node.outputs().getFirst();
    String base = output + ".base";
    lowering.graph().node(base, convolution.plain(), node.inputs(), List.of(base));
    new ConvolutionBranch(lowering, output, convolution)
        .add(base, node.inputs().getFirst(), inputs);
  }

  private void add(String base, String x, AdapterInputs inputs) {
    String product = AdapterBranch.product(lowering, point, inputs, output, rows(x));
    List<Long> channelsFirst = new ArrayList<>(List.of(0L, axes + 1L));
    for (long axis = 1; axis <= axes; axis++) {
      channelsFirst.add(axis);
    }
    String added =
        lowering.transpose(output + ".added", product, channelsFirst.toArray(Long[]::new));
    lowering.op("Add", output, base, added);
  }

  /** [B, ..., channels·kernel] for every position of the output, in the order of the kernel. */
  private String rows(String x) {
    String padded = padded(x);
    String apart = lowering.op("Unsqueeze", output + ".apart", padded, lowering.ints(OUTER));
    List<String> elements = new ArrayList<>();
    long count = point.kernel().stream().reduce(1L, (a, b) -> a * b);
    for (long element = 0; element < count; element++) {
      elements.add(covered(apart, element));
    }
    String together =
        lowering.op(
            "Concat",
            Map.of("axis", Lowering.integer(OUTER)),
            output + ".covered",
            elements.toArray(String[]::new));
    List<Long> channelsLast = new ArrayList<>(List.of(0L));
    for (long axis = 0; axis < axes; axis++) {
      channelsLast.add(OUTER + 1 + axis);
    }
    channelsLast.addAll(List.of(1L, (long) OUTER));
    String last = lowering.transpose(output + ".last", together, channelsLast.toArray(Long[]::new));
    long[] shape = new long[axes + OUTER];
    shape[axes + 1] = point.in();
    return lowering.op("Reshape", output + ".rows", last, lowering.ints(shape));
  }

  private String padded(String x) {
    List<Long> pads = numbers("pads", 2 * axes, 0);
    if (pads.stream().allMatch(pad -> pad == 0)) {
      return x;
    }
    List<Long> all = new ArrayList<>(List.of(0L, 0L));
    all.addAll(pads.subList(0, axes));
    all.addAll(List.of(0L, 0L));
    all.addAll(pads.subList(axes, 2 * axes));
    return lowering.op("Pad", output + ".padded", x, lowering.ints(longs(all)));
  }

  /** What one element of the kernel meets at every position: [B, channels, 1, ...]. */
  private String covered(String apart, long element) {
    List<Long> strides = numbers("strides", axes, 1);
    List<Long> dilations = numbers("dilations", axes, 1);
    long[] starts = new long[axes];
    long[] ends = new long[axes];
    long rest = element;
    for (int axis = axes - 1; axis >= 0; axis--) {
      long size = point.kernel().get(axis);
      long place = rest % size;
      rest /= size;
      starts[axis] = place * dilations.get(axis);
      // From the end, as the size is not known; zero would be the beginning.
      long after = (size - 1 - place) * dilations.get(axis);
      ends[axis] = after == 0 ? Integer.MAX_VALUE : -after;
    }
    long[] which = new long[axes];
    Arrays.setAll(which, axis -> OUTER + 1 + axis);
    return lowering.op(
        "Slice",
        output + ".element." + element,
        apart,
        lowering.ints(starts),
        lowering.ints(ends),
        lowering.ints(which),
        lowering.ints(longs(strides)));
  }

  private List<Long> numbers(String name, int count, long otherwise) {
    return attributes.get(name) instanceof Attribute.Ints(List<Long> values)
        ? values
        : Collections.nCopies(count, otherwise);
  }

  private static long[] longs(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }
}
