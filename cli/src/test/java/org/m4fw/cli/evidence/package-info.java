@NullMarked
package org.m4fw.cli.evidence;

import org.jspecify.annotations.NullMarked;
