/** Tests of {@code org.m4fw.host.answer} against what the originals compute. */
@NullMarked
package org.m4fw.host.answer;

import org.jspecify.annotations.NullMarked;
