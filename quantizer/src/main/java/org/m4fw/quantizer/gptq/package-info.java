/**
 * The arithmetic of GPTQ: rows of a weight are rounded so that the output of the layer, not the
 * weight, changes least. Knows no graphs and no files.
 */
@NullMarked
package org.m4fw.quantizer.gptq;

import org.jspecify.annotations.NullMarked;
