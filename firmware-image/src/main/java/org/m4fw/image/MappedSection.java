package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A section in its file: for a runtime that maps the bytes itself, where they are; for everybody
 * else, the bytes. They are as the file has them: {@link ImageFile#verifyIntegrity} checks them.
 *
 * @param file the container
 * @param offset from the start of the container, in bytes
 * @param length in bytes
 * @param bytes read-only; valid until the image is closed
 */
public record MappedSection(
    Section section, Path file, long offset, long length, MemorySegment bytes) {}
