/** Files of movement to the input of a movement encoder. Knows no graphs; sizes are given. */
@NullMarked
package org.m4fw.host.motion;

import org.jspecify.annotations.NullMarked;
