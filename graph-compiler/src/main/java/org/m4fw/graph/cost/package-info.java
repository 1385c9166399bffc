/**
 * What a graph costs to run, counted without running it: the shapes of its values for given sizes
 * of its inputs, and its multiplications; and how long a machine takes for that at least.
 */
@NullMarked
package org.m4fw.graph.cost;

import org.jspecify.annotations.NullMarked;
