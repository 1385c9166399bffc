/**
 * Estimates of time, energy, memory and storage from what graphs count and target files say, for a
 * recipe's paths and beside the tables of the paper. Runs nothing and measures nothing.
 */
@NullMarked
package org.m4fw.cli.estimate;

import org.jspecify.annotations.NullMarked;
