/**
 * Weights that other tools have quantized: GPTQ's and AWQ's packed integers and GGUF's blocks, read
 * row by row as numbers, or as the codes, scales and zero points that they are made of. Knows bytes
 * and shapes; what the rest of the checkpoint module makes of them is not its business.
 */
@NullMarked
package org.m4fw.checkpoint.packed;

import org.jspecify.annotations.NullMarked;
