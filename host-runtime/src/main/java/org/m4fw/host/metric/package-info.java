/**
 * How good answers are: the metrics of the paper's tasks that are computed from text and labels.
 * Each gives the numbers of the implementation that the field quotes. Nothing here runs a model or
 * reads a file.
 */
@NullMarked
package org.m4fw.host.metric;

import org.jspecify.annotations.NullMarked;
