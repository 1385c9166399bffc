/**
 * The command line: finds the command, runs it, says what went wrong, chooses the exit code. What
 * the commands do is in {@link org.m4fw.cli.command}.
 */
@NullMarked
package org.m4fw.cli;

import org.jspecify.annotations.NullMarked;
