/** Bytes of files, mapped and never on the heap. */
@NullMarked
package org.m4fw.base.bytes;

import org.jspecify.annotations.NullMarked;
