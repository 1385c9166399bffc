/** Tests of activation-aware scaling. */
@NullMarked
package org.m4fw.quantizer.awq;

import org.jspecify.annotations.NullMarked;
