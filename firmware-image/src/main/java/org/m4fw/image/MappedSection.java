package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * A section in its file: for a runtime that maps the bytes itself, where they are; for everybody
 * else, the bytes. They are as the file has them: {@link ImageFile#verifyIntegrity} checks them.
 */
public final class MappedSection {
  private final Section section;
  private final Path file;
  private final Supplier<MemorySegment> bytes;

  MappedSection(Section section, Path file, Supplier<MemorySegment> bytes) {
    this.section = section;
    this.file = file;
    this.bytes = bytes;
  }

  public Section section() {
    return section;
  }

  /** The container. */
  public Path file() {
    return file;
  }

  /** From the start of the container, in bytes. */
  public long offset() {
    return section.offset();
  }

  /** In bytes. */
  public long length() {
    return section.length();
  }

  /** The bytes, which are mapped when they are asked for; read-only, until the image is closed. */
  public MemorySegment bytes() {
    return bytes.get();
  }
}
