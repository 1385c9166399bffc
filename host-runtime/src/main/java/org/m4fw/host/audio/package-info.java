/**
 * Sound files to the input of an audio encoder, and synthesized samples to a sound file. Knows no
 * graphs; sizes are given.
 */
@NullMarked
package org.m4fw.host.audio;

import org.jspecify.annotations.NullMarked;
