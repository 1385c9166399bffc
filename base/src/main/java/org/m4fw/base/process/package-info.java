/**
 * Other programs, started without a shell and within bounds. What their output means is for the
 * caller to know.
 */
@NullMarked
package org.m4fw.base.process;

import org.jspecify.annotations.NullMarked;
