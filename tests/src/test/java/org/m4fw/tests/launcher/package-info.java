/** The shell scripts that users start. */
@NullMarked
package org.m4fw.tests.launcher;

import org.jspecify.annotations.NullMarked;
