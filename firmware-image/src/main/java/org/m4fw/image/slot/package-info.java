/**
 * What a device does with an image: two slots of which one is in use, installation that a power cut
 * cannot break, trial starts, known answers, and the rollback counter. Simulated here with files;
 * knows no keys and no models, which come in through interfaces.
 */
@NullMarked
package org.m4fw.image.slot;

import org.jspecify.annotations.NullMarked;
