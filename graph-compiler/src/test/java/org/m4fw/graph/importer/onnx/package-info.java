/** Tests of the package of the same name. */
@NullMarked
package org.m4fw.graph.importer.onnx;

import org.jspecify.annotations.NullMarked;
