/**
 * Exact rewrites of graphs with fixed sizes, for devices that know fewer operators or fewer axes
 * than ONNX: one pass, one file, one test. Each gives the same numbers as before, but for rounding.
 */
@NullMarked
package org.m4fw.graph.rewrite;

import org.jspecify.annotations.NullMarked;
