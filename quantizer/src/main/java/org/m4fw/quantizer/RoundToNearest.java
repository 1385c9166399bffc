package org.m4fw.quantizer;

import org.m4fw.graph.ir.Encoding;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.ScaleChoice;

/** Each number for itself, to the nearest that its scale allows. */
public record RoundToNearest(ScaleChoice choice) implements Rounding {
  /** Raised whenever the same input would give other bytes. */
  private static final int VERSION = 3;

  @Override
  public String key() {
    return "rtn-%s-%s".formatted(choice == ScaleChoice.SEARCH ? "search" : "absmax", VERSION);
  }

  @Override
  public RowEncoder encoder(Encoding encoding) {
    return RowEncoder.roundToNearest(encoding, choice);
  }
}
