package org.m4fw.graph.tflite;

import java.util.Arrays;
import org.m4fw.checkpoint.Extent;

/** The bytes of a buffer. */
public sealed interface Content {
  /** In bytes. */
  long size();

  /** Computed when the graph was made. */
  @SuppressWarnings("ArrayRecordComponent") // compared by its elements
  record Given(byte[] bytes) implements Content {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Given given && Arrays.equals(bytes, given.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  /** A weight, converted on the way into the file. */
  record Stored(Extent extent, Conversion conversion, long size) implements Content {
    /** Whether the bytes stay as they are, so that others can read the same. */
    public boolean isPlain() {
      return conversion instanceof Conversion.None;
    }
  }

  /** Bytes of a file that was read. */
  record Within(long offset, long size) implements Content {}
}
