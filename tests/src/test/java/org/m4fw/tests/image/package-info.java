/** Signed images as their users meet them: verified by the whole tool. */
@NullMarked
package org.m4fw.tests.image;

import org.jspecify.annotations.NullMarked;
