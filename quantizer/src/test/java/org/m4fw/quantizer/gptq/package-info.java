/** Tests of the arithmetic of GPTQ. */
@NullMarked
package org.m4fw.quantizer.gptq;

import org.jspecify.annotations.NullMarked;
