/**
 * Pages for people: one file each, with its plots in it as SVG, without scripts and without
 * anything from elsewhere, readable on light and on dark screens. Knows tables, plots and tiles,
 * not what they are about.
 */
@NullMarked
package org.m4fw.base.page;

import org.jspecify.annotations.NullMarked;
