package org.m4fw.quantizer;

import org.m4fw.graph.ir.Encoding;
import org.m4fw.quantizer.kernel.RowEncoder;

/**
 * How the numbers of one weight become those that are stored. Rows do not depend on each other, so
 * that pieces of a weight are rounded on all cores, each with an encoder of its own.
 */
public interface Rounding {

  /**
   * What the bytes depend on besides the weight and its encoding: the name and version of the
   * method, and a digest of whatever else it looks at. Part of the keys of {@link WeightStore}.
   */
  String key();

  /** An encoder for one thread. */
  RowEncoder encoder(Encoding encoding);

  /** How many elements make up a piece of work, about; bounds what a thread holds. */
  default int pieceElements() {
    return 1 << 18;
  }
}
