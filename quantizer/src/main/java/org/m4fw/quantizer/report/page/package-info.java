/**
 * Reports as pages for people: one file each, with its plots in it as SVG, without scripts and
 * without anything from elsewhere, readable on light and on dark screens. Measures nothing; shows
 * what the records of {@code report} hold.
 */
@NullMarked
package org.m4fw.quantizer.report.page;

import org.jspecify.annotations.NullMarked;
