/**
 * Containers that an attacker would make: made from one good image by code, each with the code that
 * refuses it, tried on both verifiers, the one in Java and the one in C for devices. The table that
 * says which test holds which item is docs/hostile-inputs.md.
 */
@NullMarked
package org.m4fw.tests.hostile;

import org.jspecify.annotations.NullMarked;
