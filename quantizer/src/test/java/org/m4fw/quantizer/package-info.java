/** Tests of plans, the encoder, layouts, the store and quantized checkpoints. */
@NullMarked
package org.m4fw.quantizer;

import org.jspecify.annotations.NullMarked;
