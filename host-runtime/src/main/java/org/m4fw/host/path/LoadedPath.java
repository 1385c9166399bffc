package org.m4fw.host.path;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What is loaded of a path's components. For one question a component is loaded when it is its turn
 * and let go when its step is done, so that there has to be room for one at a time; whoever asks
 * many keeps them all. For one thread at a time.
 */
public final class LoadedPath implements AutoCloseable {
  private final PathComponents components;
  private final boolean kept;
  private final SortedMap<String, Object> loaded = new TreeMap<>();
  private final Deque<Runnable> closers = new ArrayDeque<>();

  private LoadedPath(PathComponents components, boolean kept) {
    this.components = components;
    this.kept = kept;
  }

  /** Loads for one question. */
  public static LoadedPath forOneQuestion(PathComponents components) {
    return new LoadedPath(components, false);
  }

  /** Loads for many questions: each component once. */
  public static LoadedPath forManyQuestions(PathComponents components) {
    return new LoadedPath(components, true);
  }

  PathComponents components() {
    return components;
  }

  /** A graph of a step's component. */
  LoadedPart part(ExecutionPath.Step step, String part, String output) {
    return get(
        step,
        "%s: %s".formatted(part, output),
        LoadedPart.class,
        () -> LoadedPart.open(components.label(step), components.part(step, part), output),
        LoadedPart::close);
  }

  /**
   * What was loaded for a step before, or is loaded now.
   *
   * @param what tells it from all else that is loaded of the step's component
   */
  <T> T get(
      ExecutionPath.Step step, String what, Class<T> type, Supplier<T> open, Consumer<T> close) {
    String key = "%s: %s".formatted(step.component(), what);
    Object before = loaded.get(key);
    if (before != null) {
      return type.cast(before);
    }
    T opened = open.get();
    loaded.put(key, opened);
    closers.push(() -> close.accept(opened));
    return opened;
  }

  /** A step is done. */
  void endStep() {
    if (!kept) {
      close();
    }
  }

  /** Lets go of everything. */
  @Override
  public void close() {
    loaded.clear();
    while (!closers.isEmpty()) {
      closers.pop().run();
    }
  }
}
