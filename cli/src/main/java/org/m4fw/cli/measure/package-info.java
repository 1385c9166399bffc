/**
 * Measures that compare tensors, and models by what they compute. Knows no commands and prints
 * nothing.
 */
@NullMarked
package org.m4fw.cli.measure;

import org.jspecify.annotations.NullMarked;
