/**
 * The signed container for images and adapter packages: manifest, envelope, writer, reader,
 * comparison, extraction. Knows bytes and digests, no models and no keys: what a section means is
 * said by others through {@link org.m4fw.image.Inspector}, whether a signature counts by the module
 * {@code signing}. The format is described in {@code docs/image-format.md}.
 */
@NullMarked
package org.m4fw.image;

import org.jspecify.annotations.NullMarked;
