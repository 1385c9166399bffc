/**
 * What the launcher runs once after building the tool, so that it starts fast from then on. No
 * command needs anything from here.
 */
@NullMarked
package org.m4fw.cli.install;

import org.jspecify.annotations.NullMarked;
