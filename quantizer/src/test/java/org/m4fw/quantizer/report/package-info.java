/** Tests of the report. */
@NullMarked
package org.m4fw.quantizer.report;

import org.jspecify.annotations.NullMarked;
