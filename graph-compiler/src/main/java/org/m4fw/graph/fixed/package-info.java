/**
 * Graphs whose sizes are all known: symbolic sizes bound to numbers, what is constant computed when
 * the graph is made. Knows no devices and no file formats.
 */
@NullMarked
package org.m4fw.graph.fixed;

import org.jspecify.annotations.NullMarked;
