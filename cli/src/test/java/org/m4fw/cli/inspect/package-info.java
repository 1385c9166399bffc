@NullMarked
package org.m4fw.cli.inspect;

import org.jspecify.annotations.NullMarked;
