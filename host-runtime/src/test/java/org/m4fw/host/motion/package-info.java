/** Tests of {@code org.m4fw.host.motion} against what the originals compute. */
@NullMarked
package org.m4fw.host.motion;

import org.jspecify.annotations.NullMarked;
