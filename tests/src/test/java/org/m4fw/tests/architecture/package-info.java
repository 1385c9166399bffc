/**
 * The rules of {@code docs/architecture.md}, as tests. The table of modules is read from that
 * document, so that what it says is what holds.
 */
@NullMarked
package org.m4fw.tests.architecture;

import org.jspecify.annotations.NullMarked;
