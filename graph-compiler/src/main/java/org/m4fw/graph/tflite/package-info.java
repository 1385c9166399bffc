/**
 * LiteRT's file format: TensorFlow Lite flatbuffers (schema version 3) from graphs with fixed
 * sizes, and their checks. Knows no ONNX files and no quantization methods.
 */
@NullMarked
package org.m4fw.graph.tflite;

import org.jspecify.annotations.NullMarked;
