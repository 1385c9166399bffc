/**
 * How fast quantization is, measured by {@code ./bench}: compiled with all tests, but no test.
 * Holds no other measurements than of speed.
 */
@NullMarked
package org.m4fw.tests.benchmark;

import org.jspecify.annotations.NullMarked;
