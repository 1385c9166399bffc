/**
 * Arithmetic of quantization on rows and blocks of numbers: scales, rounding, packing, and the
 * error that it costs. A scalar kernel says what is right; a vector kernel gives the same bytes
 * sooner. Knows neither files nor names of weights.
 */
@NullMarked
package org.m4fw.quantizer.kernel;

import org.jspecify.annotations.NullMarked;
