/** Tests of {@code org.m4fw.host.audio} against what the originals compute. */
@NullMarked
package org.m4fw.host.audio;

import org.jspecify.annotations.NullMarked;
