/** Tests of the graph compiler, and what they share. */
@NullMarked
package org.m4fw.graph;

import org.jspecify.annotations.NullMarked;
