/**
 * Static quantization of activations, for devices that compute in whole numbers: ranges of the
 * values of a target's graph from calibration data, what is too fine for eight bits, and what all
 * of it costs. Weights are quantized elsewhere.
 */
@NullMarked
package org.m4fw.quantizer.activation;

import org.jspecify.annotations.NullMarked;
