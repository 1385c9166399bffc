package org.m4fw.quantizer.budget;

import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Weight;

/** How much a model suffers where a weight is stored in an encoding. */
public interface Sensitivity {

  /** In words, for reasons: {@code the error of its output on calib.json}. */
  String describe();

  /** The loss, of which those of different weights add up; 0 where nothing is lost. */
  double loss(Weight weight, Encoding encoding);
}
