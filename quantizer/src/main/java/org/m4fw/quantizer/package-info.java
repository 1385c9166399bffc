/**
 * Chooses how each weight is stored and stores it so: schemes, plans, the encoder, layouts, the
 * cache of encoded weights and quantized checkpoints. Arithmetic on numbers is in {@code kernel};
 * what a graph does with its weights is not known here.
 */
@NullMarked
package org.m4fw.quantizer;

import org.jspecify.annotations.NullMarked;
