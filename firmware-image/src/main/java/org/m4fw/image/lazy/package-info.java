/**
 * Sections that are verified block by block as they are read, as a runtime wants it that starts
 * with a model of gigabytes: the first page is served before the rest was looked at.
 */
@NullMarked
package org.m4fw.image.lazy;

import org.jspecify.annotations.NullMarked;
