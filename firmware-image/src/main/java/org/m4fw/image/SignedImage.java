package org.m4fw.image;

import java.nio.file.Path;
import org.m4fw.base.digest.Digest;

/** A container that is whole, signed and under its own name. */
public record SignedImage(Path path, Manifest manifest, Digest imageId) {}
