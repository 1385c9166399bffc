/** SHA-256 digests as values. */
@NullMarked
package org.m4fw.base.digest;

import org.jspecify.annotations.NullMarked;
