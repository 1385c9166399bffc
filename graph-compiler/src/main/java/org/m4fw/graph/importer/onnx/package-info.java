/**
 * Makes a graph of an ONNX file of any origin: checked, brought to one version of the operators,
 * and with linear layers and tables recognized where they are. Knows no family of models.
 */
@NullMarked
package org.m4fw.graph.importer.onnx;

import org.jspecify.annotations.NullMarked;
