/**
 * The graph that everything is built from: operators, values, weights, encodings and plans. Knows
 * neither file formats nor devices.
 */
@NullMarked
package org.m4fw.graph.ir;

import org.jspecify.annotations.NullMarked;
