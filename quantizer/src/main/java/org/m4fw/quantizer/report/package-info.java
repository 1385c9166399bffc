/**
 * What quantization did to each weight and to all of them, as JSON and as a table. Measures nothing
 * itself.
 */
@NullMarked
package org.m4fw.quantizer.report;

import org.jspecify.annotations.NullMarked;
