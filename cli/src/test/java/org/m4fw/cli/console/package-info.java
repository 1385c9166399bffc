/** Tests of {@code org.m4fw.cli.console}. */
@org.jspecify.annotations.NullMarked
package org.m4fw.cli.console;
