/**
 * Known answers: what the graphs of an image compute from inputs that follow from a rule. Nothing
 * here knows how images are built or read.
 */
@NullMarked
package org.m4fw.cli.answer;

import org.jspecify.annotations.NullMarked;
