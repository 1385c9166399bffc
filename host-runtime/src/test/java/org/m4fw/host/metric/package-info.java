/** Tests of {@code org.m4fw.host.metric} against what the originals compute. */
@NullMarked
package org.m4fw.host.metric;

import org.jspecify.annotations.NullMarked;
