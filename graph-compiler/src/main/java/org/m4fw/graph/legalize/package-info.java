/**
 * From a graph to one that a target can run: every composite operator lowered to operators of the
 * target's list. Decides by what the target's data say, never by its name.
 */
@NullMarked
package org.m4fw.graph.legalize;

import org.jspecify.annotations.NullMarked;
