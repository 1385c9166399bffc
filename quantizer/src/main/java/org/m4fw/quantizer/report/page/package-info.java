/**
 * Reports of quantization as pages. Measures nothing; shows what the records of {@code report}
 * hold.
 */
@NullMarked
package org.m4fw.quantizer.report.page;

import org.jspecify.annotations.NullMarked;
