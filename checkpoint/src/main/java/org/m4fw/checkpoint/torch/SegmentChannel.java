package org.m4fw.checkpoint.torch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/**
 * A mapped file as the channel that Commons Compress wants, so that directory and data come from
 * the same mapping. It gives out no more bytes than a budget: however the directory of an archive
 * is built, reading it takes bounded memory and time.
 */
final class SegmentChannel implements SeekableByteChannel {
  private final MemorySegment bytes;
  private long budget;
  private long position;
  private boolean open = true;

  SegmentChannel(MemorySegment bytes, long budget) {
    this.bytes = bytes;
    this.budget = budget;
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (position >= bytes.byteSize()) {
      return -1;
    }
    int count = (int) Math.min(into.remaining(), bytes.byteSize() - position);
    if (count > budget) {
      throw new IOException("its directory is too long");
    }
    budget -= count;
    into.put(bytes.asSlice(position, count).asByteBuffer());
    position += count;
    return count;
  }

  @Override
  public int write(ByteBuffer from) {
    throw new NonWritableChannelException();
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long to) throws IOException {
    if (to < 0) {
      throw new IOException("an offset is negative");
    }
    position = to;
    return this;
  }

  @Override
  public long size() {
    return bytes.byteSize();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    open = false;
  }
}
