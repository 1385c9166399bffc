/**
 * Terminal manners: results on standard output, everything else on standard error, progress as fits
 * whoever reads it. Knows no commands.
 */
@NullMarked
package org.m4fw.cli.console;

import org.jspecify.annotations.NullMarked;
