/** Tests of the methods. */
@NullMarked
package org.m4fw.quantizer.method;

import org.jspecify.annotations.NullMarked;
