/**
 * The methods of quantization as interchangeable strategies: how the numbers are found that are
 * stored, given which encoding each weight is to have. Plans and encodings are not made here.
 */
@NullMarked
package org.m4fw.quantizer.method;

import org.jspecify.annotations.NullMarked;
