package org.m4fw.base.work;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Does work on several threads and hands the results over in the order of the items, so that what
 * is written does not depend on the number of threads. At most twice as many items as threads are
 * under way, which bounds memory.
 */
public final class OrderedWork {
  private final int threads;

  private OrderedWork(int threads) {
    this.threads = threads;
  }

  /** Work on as many threads as there are processors, or as {@code m4fw.threads} says. */
  public static OrderedWork onAllCores() {
    return onThreads(
        Integer.getInteger("m4fw.threads", Runtime.getRuntime().availableProcessors()));
  }

  public static OrderedWork onThreads(int threads) {
    return new OrderedWork(Math.max(1, threads));
  }

  public int threads() {
    return threads;
  }

  /**
   * Runs {@code task} for every item and gives the results to {@code sink} in order, on the calling
   * thread. The first exception ends everything and is thrown as it is.
   */
  public <T, R> void run(
      Iterable<? extends T> items,
      Function<? super T, ? extends R> task,
      Consumer<? super R> sink) {
    if (threads == 1) {
      items.forEach(item -> sink.accept(task.apply(item)));
      return;
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      ArrayDeque<Future<? extends R>> underWay = new ArrayDeque<>();
      try {
        Iterator<? extends T> rest = items.iterator();
        while (rest.hasNext() || !underWay.isEmpty()) {
          while (rest.hasNext() && underWay.size() < 2 * threads) {
            T item = rest.next();
            underWay.add(pool.submit(() -> task.apply(item)));
          }
          sink.accept(await(underWay.remove()));
        }
      } catch (RuntimeException | Error e) {
        pool.shutdownNow();
        throw e;
      }
    }
  }

  private static <R> R await(Future<R> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException r -> throw r;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }
}
