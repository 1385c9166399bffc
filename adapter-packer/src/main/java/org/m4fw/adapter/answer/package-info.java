/**
 * What an adapter answered when it was bound, and whether it still does. Knows decoders, but
 * neither formats nor packages.
 */
@NullMarked
package org.m4fw.adapter.answer;

import org.jspecify.annotations.NullMarked;
