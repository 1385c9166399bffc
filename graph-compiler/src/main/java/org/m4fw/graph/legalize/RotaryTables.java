package org.m4fw.graph.legalize;

import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Literal;
import org.m4fw.graph.ir.Rotary;

/** Cosines and sines of rotary positions as constant tables [context, headWidth / 2]. */
final class RotaryTables {
  private RotaryTables() {}

  /** Adds the table of cosines, once, and gives its name. */
  static String cosines(Lowering lowering, Rotary rotary, int headWidth) {
    return table(lowering, "cos_cache", rotary, headWidth, true);
  }

  static String sines(Lowering lowering, Rotary rotary, int headWidth) {
    return table(lowering, "sin_cache", rotary, headWidth, false);
  }

  private static String table(
      Lowering lowering, String name, Rotary rotary, int headWidth, boolean cosine) {
    if (lowering.graph().hasLiteral(name)) {
      return name;
    }
    float[] frequencies = rotary.frequencies(headWidth);
    float[] values = new float[lowering.context() * frequencies.length];
    int at = 0;
    for (int position = 0; position < lowering.context(); position++) {
      for (float frequency : frequencies) {
        // In float32 as the original computes it: far positions depend on the rounding.
        float angle = position * frequency;
        values[at++] = (float) (cosine ? Math.cos(angle) : Math.sin(angle));
      }
    }
    return lowering
        .graph()
        .literal(
            name,
            Literal.real(
                lowering.arithmetic(), Shape.of(lowering.context(), frequencies.length), values));
  }
}
