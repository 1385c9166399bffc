/**
 * One class for each command: its options, its help, what it prints. What a command does to data is
 * in the libraries and in {@link org.m4fw.cli.pipeline}.
 */
@NullMarked
package org.m4fw.cli.command;

import org.jspecify.annotations.NullMarked;
