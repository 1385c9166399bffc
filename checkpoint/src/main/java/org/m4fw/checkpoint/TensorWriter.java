package org.m4fw.checkpoint;

import java.lang.foreign.MemorySegment;

/**
 * Receives the bytes of tensors that were declared before, in the order of the declaration and in
 * pieces of any size.
 */
public interface TensorWriter {
  /**
   * Appends bytes to the current tensor.
   *
   * @param piece little-endian elements
   * @throws IllegalStateException if the current tensor has no room for them
   */
  void append(MemorySegment piece);

  /** Fills what the current tensor lacks with zeros that need no room on the disk. */
  void appendHole();

  /**
   * Ends the document; does not commit the file.
   *
   * @throws IllegalStateException if bytes are missing
   */
  void finish();
}
