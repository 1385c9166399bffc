/** Tests of {@code org.m4fw.host.image} against what the originals compute. */
@NullMarked
package org.m4fw.host.image;

import org.jspecify.annotations.NullMarked;
