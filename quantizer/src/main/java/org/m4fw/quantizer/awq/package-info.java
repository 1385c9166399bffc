/**
 * Activation-aware scaling (Lin et al., "AWQ", 2023): which inputs of linear layers are made
 * smaller and their columns larger, so that rounding the columns costs less. Knows neither files
 * nor plans.
 */
@NullMarked
package org.m4fw.quantizer.awq;

import org.jspecify.annotations.NullMarked;
