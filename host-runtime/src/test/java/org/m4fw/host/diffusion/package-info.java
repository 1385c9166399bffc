/** Tests of {@code org.m4fw.host.diffusion} against what the originals compute. */
@NullMarked
package org.m4fw.host.diffusion;

import org.jspecify.annotations.NullMarked;
