/**
 * The loop around a denoiser: noise, steps, guidance. Knows no graphs; the parts of the model are
 * given as functions.
 */
@NullMarked
package org.m4fw.host.diffusion;

import org.jspecify.annotations.NullMarked;
