package org.m4fw.graph.legalize;

import java.util.List;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.AttachmentPoint;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Port;

/**
 * The low-rank branch of an attachment point: base + (x·A)·B, with A [in, rank] and B [rank, out]
 * as inputs of the graph. Optional inputs have defaults of rank 0, with which the branch adds zero.
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
    String a = input(lowering, inputs, point.inputA(), point.in(), true);
    String b = input(lowering, inputs, point.inputB(), point.out(), false);
    String down = lowering.op("MatMul", output + ".lora_A", x, a);
    String up = lowering.op("MatMul", output + ".lora_B", down, b);
    lowering.op("Add", output, base, up);
  }

  private static String input(
      Lowering lowering, AdapterInputs inputs, String name, long width, boolean rankLast) {
    Port.Dim rank = Port.symbolic("lora_r");
    List<Port.Dim> dims =
        rankLast ? List.of(Port.fixed(width), rank) : List.of(rank, Port.fixed(width));
    lowering.graph().input(new Port(name, lowering.arithmetic(), dims));
    if (inputs == AdapterInputs.OPTIONAL) {
      Shape empty = rankLast ? Shape.of(width, 0) : Shape.of(0, width);
      lowering.graph().literal(name, Literal.real(lowering.arithmetic(), empty));
    }
    return name;
  }
}
