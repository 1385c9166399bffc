/**
 * Where every byte of a container lies and what the bytes around the sections are: the fixed header
 * and the canonical ZIP64 records. Pure functions of sizes and names; nothing here parses.
 */
@NullMarked
package org.m4fw.image.framing;

import org.jspecify.annotations.NullMarked;
