/**
 * From a quantized graph to ONNX, and back to what a runtime has to know. The only place that knows
 * the ONNX file format; its messages are generated from {@code onnx.proto} at build time.
 */
@NullMarked
package org.m4fw.graph.onnx;

import org.jspecify.annotations.NullMarked;
