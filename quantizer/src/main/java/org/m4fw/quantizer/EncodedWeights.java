package org.m4fw.quantizer;

import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;

/** Gives the weights of a model in the bytes that targets read. */
public interface EncodedWeights {

  /**
   * The weight in this encoding and layout.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link QuantizerError} if it cannot be
   *     encoded so, or a {@link org.m4fw.base.file.FileError}
   */
  WeightStore.Stored encode(Weight weight, Encoding encoding, Layout layout);
}
