/**
 * Says what files and directories are and hold, told by their content. Opens everything, changes
 * nothing.
 */
@NullMarked
package org.m4fw.cli.inspect;

import org.jspecify.annotations.NullMarked;
