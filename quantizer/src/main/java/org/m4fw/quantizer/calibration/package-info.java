/**
 * Calibration: data that is taken through a model layer by layer, and what is learned about the
 * inputs of its layers. Knows no method of quantization.
 */
@NullMarked
package org.m4fw.quantizer.calibration;

import org.jspecify.annotations.NullMarked;
