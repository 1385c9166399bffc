package org.m4fw.quantizer.report;

import org.m4fw.checkpoint.Shape;

/**
 * How far an output of a quantized component is from that of the same component as it came.
 *
 * @param sqnr signal to noise in dB; infinite if both are equal
 * @param maxError the largest magnitude of a difference
 */
public record OutputQuality(
    String name, Shape shape, double sqnr, double cosine, double maxError) {}
