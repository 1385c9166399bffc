/** The {@code .onnx_adapter} file of ONNX Runtime, written and read. */
@NullMarked
package org.m4fw.adapter.ort;

import org.jspecify.annotations.NullMarked;
