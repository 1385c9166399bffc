/** Tests and a benchmark of the kernels. */
@NullMarked
package org.m4fw.quantizer.kernel;

import org.jspecify.annotations.NullMarked;
