/** Measures that compare tensors. Knows neither models nor commands. */
@NullMarked
package org.m4fw.cli.measure;

import org.jspecify.annotations.NullMarked;
