/**
 * What the devices' own software demands of a graph, written from its lists and manuals and not
 * from our compiler, to be held against every graph that it makes.
 */
@NullMarked
package org.m4fw.tests.rules;

import org.jspecify.annotations.NullMarked;
