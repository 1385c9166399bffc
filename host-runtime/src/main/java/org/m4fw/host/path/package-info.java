/**
 * The ways through the components of an image that an application can ask for: what they are, and
 * how they are gone. Knows components as compiled graphs with names; not where they come from.
 */
@NullMarked
package org.m4fw.host.path;

import org.jspecify.annotations.NullMarked;
