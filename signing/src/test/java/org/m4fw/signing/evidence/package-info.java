@NullMarked
package org.m4fw.signing.evidence;

import org.jspecify.annotations.NullMarked;
