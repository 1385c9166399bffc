package org.m4fw.base.progress;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Where long work reports to. Safe for use by several threads. */
public final class Progress {
  private final Consumer<ProgressEvent> listener;

  public Progress(Consumer<ProgressEvent> listener) {
    this.listener = listener;
  }

  /** Nobody listens. */
  public static Progress silent() {
    return new Progress(event -> {});
  }

  public void warn(String text) {
    send(new ProgressEvent.Warning(text));
  }

  /** Begins a stage of so many bytes, 0 if nobody knows; close it when it is over. */
  public Stage stage(String name, long total) {
    return begin(new ProgressEvent.Started(name, total));
  }

  /** The same for work that is counted in steps. */
  public Stage steps(String name, long total) {
    return begin(new ProgressEvent.Started(name, total, ProgressEvent.Unit.STEPS));
  }

  private Stage begin(ProgressEvent.Started started) {
    send(started);
    return new Stage(started.stage());
  }

  private synchronized void send(ProgressEvent event) {
    listener.accept(event);
  }

  /** A stage under way. */
  public final class Stage implements AutoCloseable {
    private final String name;
    private final AtomicLong done = new AtomicLong();
    private String detail = "";

    private Stage(String name) {
      this.name = name;
    }

    /** This much more is done. */
    public void advance(long amount) {
      send(new ProgressEvent.Advanced(name, done.addAndGet(amount)));
    }

    /** What to say when the stage is over. */
    public void detail(String text) {
      detail = text;
    }

    @Override
    public void close() {
      send(new ProgressEvent.Finished(name, detail));
    }
  }
}
