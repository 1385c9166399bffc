/** Keys, trust roots and verification through the command line, as people use them together. */
@NullMarked
package org.m4fw.tests.trust;

import org.jspecify.annotations.NullMarked;
