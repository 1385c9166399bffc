/**
 * How fast things are and what memory they take, measured by {@code ./bench}: compiled with all
 * tests, but no test. Holds no measurements of quality.
 */
@NullMarked
package org.m4fw.tests.benchmark;

import org.jspecify.annotations.NullMarked;
