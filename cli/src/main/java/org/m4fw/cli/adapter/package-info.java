/**
 * Adapters held against bases: one, or a whole directory of packages; with known answers and
 * signatures. Prints nothing.
 */
@NullMarked
package org.m4fw.cli.adapter;

import org.jspecify.annotations.NullMarked;
