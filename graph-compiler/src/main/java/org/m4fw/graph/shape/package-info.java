/**
 * The shapes that operators give, without running them. Knows neither devices nor file formats of
 * graphs.
 */
@NullMarked
package org.m4fw.graph.shape;

import org.jspecify.annotations.NullMarked;
