package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A section to be written: what it is and its bytes, given as segments that are written one after
 * the other. The segments stay where they are, mapped or on the heap, until the writer is done.
 */
public record SectionSource(SectionSpec spec, List<MemorySegment> parts) {

  public SectionSource {
    parts = List.copyOf(parts);
  }

  public static SectionSource of(SectionSpec spec, byte[] bytes) {
    return new SectionSource(spec, List.of(MemorySegment.ofArray(bytes)));
  }

  public static SectionSource of(SectionSpec spec, MemorySegment bytes) {
    return new SectionSource(spec, List.of(bytes));
  }

  /** In bytes. */
  public long length() {
    return parts.stream().mapToLong(MemorySegment::byteSize).sum();
  }
}
