/** Tests of {@code org.m4fw.host.text} against what the originals compute. */
@NullMarked
package org.m4fw.host.text;

import org.jspecify.annotations.NullMarked;
