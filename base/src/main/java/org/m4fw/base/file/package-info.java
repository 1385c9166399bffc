/**
 * Output: the only place where files are opened for writing. Nothing gets its final name before it
 * is whole.
 */
@NullMarked
package org.m4fw.base.file;

import org.jspecify.annotations.NullMarked;
