/**
 * What changed between two images, and how to make the new one from the old one and that: deltas.
 * Blocks are compared by the leaves of the Merkle trees; what a delta makes is believed for the new
 * image's signatures and digests alone. Knows bytes, no models and no keys.
 */
@NullMarked
package org.m4fw.image.delta;

import org.jspecify.annotations.NullMarked;
