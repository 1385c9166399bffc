package org.m4fw.cli.pipeline;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things that are open until the work is done; closed in reverse order. */
public final class Resources implements AutoCloseable {
  private final Deque<Runnable> closers = new ArrayDeque<>();

  public void add(Runnable closer) {
    closers.push(closer);
  }

  @Override
  public void close() {
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
