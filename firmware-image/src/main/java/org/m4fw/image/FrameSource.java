package org.m4fw.image;

import java.lang.foreign.MemorySegment;

/** Where the bytes are that belong to no section: read piece by piece, or in memory already. */
interface FrameSource {

  /** Of the whole container, in bytes. */
  long size();

  /** How many of them are here; the rest of the frame is not looked at. */
  default long available() {
    return size();
  }

  /** A piece that is here. */
  MemorySegment slice(long offset, long length);

  /** A container in memory. */
  static FrameSource of(MemorySegment bytes) {
    return new FrameSource() {
      @Override
      public long size() {
        return bytes.byteSize();
      }

      @Override
      public MemorySegment slice(long offset, long length) {
        return bytes.asSlice(offset, length);
      }
    };
  }
}
