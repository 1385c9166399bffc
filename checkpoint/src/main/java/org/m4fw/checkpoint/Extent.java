package org.m4fw.checkpoint;

import java.nio.file.Path;

/**
 * A range of bytes of a file.
 *
 * @param file the file as it was opened
 * @param offset from the start of the file, in bytes
 * @param length in bytes
 */
public record Extent(Path file, long offset, long length) {}
