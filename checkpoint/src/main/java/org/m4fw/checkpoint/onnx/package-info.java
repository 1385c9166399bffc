/**
 * What ONNX files say they hold: of each initializer the type, shape and place, and the graph
 * around them as it is. Operators are not understood here, and nothing of the rest of the
 * checkpoint module is known.
 */
@NullMarked
package org.m4fw.checkpoint.onnx;

import org.jspecify.annotations.NullMarked;
