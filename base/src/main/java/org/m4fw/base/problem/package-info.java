/**
 * What can go wrong and how it is said: error catalogues, problems with file and item, exit codes.
 * Nothing here prints.
 */
@NullMarked
package org.m4fw.base.problem;

import org.jspecify.annotations.NullMarked;
