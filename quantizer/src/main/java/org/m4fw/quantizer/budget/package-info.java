/**
 * Mixed precision: which linear layers get how many bits, so that all of them fit a budget and lose
 * least. Changes plans; encodes nothing.
 */
@NullMarked
package org.m4fw.quantizer.budget;

import org.jspecify.annotations.NullMarked;
