/**
 * What a build says about itself in the words of others: a bill of materials, its provenance, what
 * was measured. Every fact comes from the recipe, the lock or the build's own reports.
 */
@NullMarked
package org.m4fw.cli.evidence;

import org.jspecify.annotations.NullMarked;
