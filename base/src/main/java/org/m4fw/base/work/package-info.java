/** Work on all cores whose results keep their order. */
@NullMarked
package org.m4fw.base.work;

import org.jspecify.annotations.NullMarked;
