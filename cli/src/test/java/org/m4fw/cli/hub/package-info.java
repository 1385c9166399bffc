/** Downloads, from a server on this machine that fails on purpose. */
@NullMarked
package org.m4fw.cli.hub;

import org.jspecify.annotations.NullMarked;
