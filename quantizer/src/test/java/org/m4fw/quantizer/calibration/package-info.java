/** Tests of calibration. */
@NullMarked
package org.m4fw.quantizer.calibration;

import org.jspecify.annotations.NullMarked;
