/**
 * Checkpoints that are laid out like the published ones of M4's components, with random weights:
 * the same files, names, element types and shapes, in their true sizes or tiny ones. What the
 * layouts are is data, one JSON resource each. Knows nothing of what the tensors are for.
 */
@NullMarked
package org.m4fw.cli.synth;

import org.jspecify.annotations.NullMarked;
