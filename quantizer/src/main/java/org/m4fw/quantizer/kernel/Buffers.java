package org.m4fw.quantizer.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Room for encoded bytes. */
final class Buffers {
  private Buffers() {}

  static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
