/** JSON from outside, read strictly and within bounds, and JSON of our own, written canonically. */
@NullMarked
package org.m4fw.base.json;

import org.jspecify.annotations.NullMarked;
