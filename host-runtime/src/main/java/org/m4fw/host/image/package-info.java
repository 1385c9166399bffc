/**
 * Image files to the input of an image encoder, and the output of an image decoder to an image
 * file. Knows no graphs; sizes are given.
 */
@NullMarked
package org.m4fw.host.image;

import org.jspecify.annotations.NullMarked;
