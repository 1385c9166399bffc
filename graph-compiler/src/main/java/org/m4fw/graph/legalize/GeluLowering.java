package org.m4fw.graph.legalize;

import java.util.Map;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;
import org.m4fw.graph.ir.Operator.Attribute;
import org.m4fw.targets.Target;

/** GELU as the standard's own; the quick form fused where the target can, else by a sigmoid. */
final class GeluLowering {
  private static final float QUICK = 1.702f;

  private GeluLowering() {}

  static void lower(Lowering to, Node node, Operator.Gelu gelu, Target target) {
    String output = node.outputs().getFirst();
    String input = node.inputs().getFirst();
    switch (gelu.kind()) {
      case ERF -> to.op("Gelu", output, input);
      case TANH -> to.op("Gelu", Map.of("approximate", new Attribute.Text("tanh")), output, input);
      case QUICK -> {
        if (target.supports(Lowering.MICROSOFT, "QuickGelu")) {
          to.graph()
              .node(
                  output,
                  Operator.Primitive.of(
                      Lowering.MICROSOFT, "QuickGelu", Map.of("alpha", new Attribute.Real(QUICK))),
                  input);
        } else {
          String alpha = to.real("const.gelu.quick", to.arithmetic(), QUICK);
          String scaled = to.op("Mul", output + ".scaled", input, alpha);
          to.op("Mul", output, input, to.op("Sigmoid", output + ".sigmoid", scaled));
        }
      }
    }
  }
}
