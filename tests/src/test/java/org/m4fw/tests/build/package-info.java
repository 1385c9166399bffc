/** Builds from recipes, run as users run them: what comes out, and what bad input does. */
@NullMarked
package org.m4fw.tests.build;

import org.jspecify.annotations.NullMarked;
