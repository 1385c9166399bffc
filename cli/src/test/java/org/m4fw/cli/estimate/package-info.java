/** Tests of the package of the same name. */
@NullMarked
package org.m4fw.cli.estimate;

import org.jspecify.annotations.NullMarked;
