package org.m4fw.graph.legalize;

import static org.m4fw.graph.legalize.Lowering.integer;

import java.util.Map;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Node;
import org.m4fw.graph.ir.Operator;

/**
 * Waves of a time step as products with constant frequencies. In float32, as float16 knows the
 * angles of late steps only to a good fraction of a turn.
 */
final class TimestepEmbeddingLowering {
  private TimestepEmbeddingLowering() {}

  static void lower(Lowering to, Node node, Operator.TimestepEmbedding embedding) {
    String output = node.outputs().getFirst();
    String steps = to.cast(ElementType.FLOAT32, output + ".steps", node.inputs().getFirst());
    String column = to.op("Unsqueeze", output + ".column", steps, to.ints(1));
    String angles = to.op("Mul", output + ".angles", column, frequencies(to, output, embedding));
    String cosines = to.op("Cos", output + ".cos", angles);
    String sines = to.op("Sin", output + ".sin", angles);
    String waves =
        to.op(
            "Concat",
            Map.of("axis", integer(-1)),
            output + ".waves",
            embedding.cosineFirst() ? cosines : sines,
            embedding.cosineFirst() ? sines : cosines);
    to.cast(to.arithmetic(), output, waves);
  }

  private static String frequencies(
      Lowering to, String output, Operator.TimestepEmbedding embedding) {
    int half = embedding.width() / 2;
    float[] frequencies = new float[half];
    for (int i = 0; i < half; i++) {
      frequencies[i] = (float) Math.exp(-Math.log(10_000) * i / (half - embedding.shift()));
    }
    return to.graph()
        .literal(
            output + ".frequencies",
            Literal.real(ElementType.FLOAT32, Shape.of(half), frequencies));
  }
}
