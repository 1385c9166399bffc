package org.m4fw.quantizer.kernel;

import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Encoding;

/**
 * What a kernel is wanted for: the parts of it that have to be fast.
 *
 * @param dtype of the numbers
 * @param encoding that they get
 * @param choice how scales are found
 * @param weighted whether a search weighs errors
 */
record KernelUse(DType dtype, Encoding encoding, ScaleChoice choice, boolean weighted) {}
