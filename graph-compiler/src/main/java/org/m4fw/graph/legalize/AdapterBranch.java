package org.m4fw.graph.legalize;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Port;

/**
 * What an adapter changes at an attachment point: scale·(base + (x·A)·B), with A [in, rank], B
 * [rank, out] and scale [1, out] as inputs of the graph. Optional inputs have defaults of rank 0,
 * with which the branch adds zero, and of ones; padded ones are A [rank, in] and B [out, rank].
 */
final class AdapterBranch {
  private AdapterBranch() {}

  static void lower(
      Lowering lowering,
      AttachmentPoint point,
      AdapterInputs inputs,
      String output,
      String x,
      String base) {
    String up = product(lowering, point, inputs, output, x);
    if (point.scaled()) {
      String sum = lowering.op("Add", output + ".unscaled", base, up);
      lowering.op("Mul", output, sum, scale(lowering, inputs, point));
    } else {
      lowering.op("Add", output, base, up);
    }
  }

  /** What an adapter adds for every row of x [..., in]: [..., out]. */
  static String product(
      Lowering lowering, AttachmentPoint point, AdapterInputs inputs, String output, String x) {
    String a = factor(lowering, inputs, point, true);
    String b = factor(lowering, inputs, point, false);
    String down = lowering.op("MatMul", output + ".lora_A", x, a);
    return lowering.op("MatMul", output + ".lora_B", down, b);
  }

  /** The same at a table: A [rows of the table, rank] is looked up as the table is. */
  static void lowerLookup(
      Lowering lowering,
      AttachmentPoint point,
      AdapterInputs inputs,
      String output,
      String ids,
      String base) {
    String a = matrix(lowering, inputs, point, true);
    String b = matrix(lowering, inputs, point, false);
    String down =
        lowering.op("Gather", Map.of("axis", Lowering.integer(0)), output + ".lora_A", a, ids);
    String up = lowering.op("MatMul", output + ".lora_B", down, b);
    lowering.op("Add", output, base, up);
  }

  /** What is multiplied with from the right. */
  private static String factor(
      Lowering lowering, AdapterInputs inputs, AttachmentPoint point, boolean down) {
    if (inputs != AdapterInputs.PADDED) {
      return matrix(lowering, inputs, point, down);
    }
    Port.Dim rank = Port.symbolic(point.rankAxis());
    Port port =
        down
            ? new Port(point.inputA(), lowering.arithmetic(), List.of(rank, Port.fixed(point.in())))
            : new Port(
                point.inputB(), lowering.arithmetic(), List.of(Port.fixed(point.out()), rank));
    lowering.graph().input(port);
    return lowering.transpose(port.name() + ".transposed", port.name(), 1L, 0L);
  }

  private static String matrix(
      Lowering lowering, AdapterInputs inputs, AttachmentPoint point, boolean rankLast) {
    String name = rankLast ? point.inputA() : point.inputB();
    long width = rankLast ? point.in() : point.out();
    Port.Dim rank = Port.symbolic(point.rankAxis());
    List<Port.Dim> dims =
        rankLast ? List.of(Port.fixed(width), rank) : List.of(rank, Port.fixed(width));
    Shape empty = rankLast ? Shape.of(width, 0) : Shape.of(0, width);
    return input(
        lowering, inputs, new Port(name, lowering.arithmetic(), dims), empty, new float[0]);
  }

  private static String scale(Lowering lowering, AdapterInputs inputs, AttachmentPoint point) {
    List<Port.Dim> dims = List.of(Port.fixed(1), Port.fixed(point.out()));
    float[] ones = new float[Math.toIntExact(point.out())];
    Arrays.fill(ones, 1);
    return input(
        lowering,
        inputs,
        new Port(point.inputScale(), lowering.arithmetic(), dims),
        Shape.of(1, point.out()),
        ones);
  }

  private static String input(
      Lowering lowering, AdapterInputs inputs, Port port, Shape defaultShape, float[] defaults) {
    lowering.graph().input(port);
    if (inputs == AdapterInputs.OPTIONAL) {
      lowering
          .graph()
          .literal(port.name(), Literal.real(lowering.arithmetic(), defaultShape, defaults));
    }
    return port.name();
  }
}
