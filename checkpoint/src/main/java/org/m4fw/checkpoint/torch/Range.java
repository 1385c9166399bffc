package org.m4fw.checkpoint.torch;

/**
 * A range of bytes of the file.
 *
 * @param begin from the start of the file
 */
record Range(long begin, long length) {
  long end() {
    return begin + length;
  }
}
