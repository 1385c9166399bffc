package org.m4fw.cli.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Reads from a stream that may fall silent: if nothing arrives for a while the stream is closed,
 * which ends the read. Neither HTTP nor the library has a bound for that.
 */
final class StallGuard implements AutoCloseable {
  private final InputStream stream;
  private final Duration limit;
  private final Thread watch;
  private volatile boolean arrived;
  private volatile boolean stalled;

  StallGuard(InputStream stream, Duration limit) {
    this.stream = stream;
    this.limit = limit;
    this.watch = Thread.ofVirtual().name("stall-guard").start(this::watch);
  }

  private void watch() {
    try {
      do {
        arrived = false;
        Thread.sleep(limit);
      } while (arrived);
      stalled = true;
      stream.close();
    } catch (InterruptedException | IOException e) {
      // The stream is at its end, or broken, which its reader sees.
      return;
    }
  }

  /** As {@link InputStream#read(byte[])}. */
  int read(byte[] into) throws IOException {
    try {
      int count = stream.read(into);
      arrived = true;
      return count;
    } catch (IOException e) {
      throw stalled ? new IOException("nothing arrived for " + limit.toSeconds() + " s", e) : e;
    }
  }

  /** All bytes, or as many as the limit says. */
  byte[] read(int most) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    byte[] buffer = new byte[1 << 16];
    for (int count; bytes.size() < most && (count = read(buffer)) >= 0; ) {
      bytes.write(buffer, 0, Math.min(count, most - bytes.size()));
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    watch.interrupt();
  }
}
