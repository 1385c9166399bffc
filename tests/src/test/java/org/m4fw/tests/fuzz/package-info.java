/**
 * One fuzzing target for each parser of bytes from outside, one target in a class. In every check
 * the targets run over their corpus, which is in the test resources; {@code ./check --fuzz} lets
 * Jazzer look for more, and puts what it finds into the corpus.
 */
@NullMarked
package org.m4fw.tests.fuzz;

import org.jspecify.annotations.NullMarked;
