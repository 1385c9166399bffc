/**
 * fs-verity Merkle trees: their geometry, their hashing and the file digest that the Linux kernel
 * computes for the same bytes. Knows no container.
 */
@NullMarked
package org.m4fw.image.verity;

import org.jspecify.annotations.NullMarked;
