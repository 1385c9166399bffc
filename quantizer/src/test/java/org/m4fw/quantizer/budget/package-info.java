/** Tests of mixed precision. */
@NullMarked
package org.m4fw.quantizer.budget;

import org.jspecify.annotations.NullMarked;
