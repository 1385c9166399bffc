package org.m4fw.base.process;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program that is run once: it gets bytes on standard input and gives bytes on standard output,
 * bounded in time and length. When this returns, neither it nor what it started is left.
 *
 * @param command the program and its arguments; no shell looks at them
 * @param environment added to this process's own
 * @param withheld variables of this process that it does not get: secrets that are none of its
 *     business
 * @param limit how long it may take
 * @param mostOutput in bytes
 * @param errors where its standard error goes
 */
public record ExternalProgram(
    List<String> command,
    Map<String, String> environment,
    Set<String> withheld,
    Duration limit,
    int mostOutput,
    Errors errors) {

  /** Where the standard error of a program goes. */
  public enum Errors {
    /** To this process's own, for people to read. */
    SHOWN,
    /** Into the output. */
    MERGED
  }

  /** How a run ended. */
  public sealed interface Ending {
    /** By itself. */
    final class Exited implements Ending {
      private final int code;
      private final byte[] output;

      private Exited(int code, byte[] output) {
        this.code = code;
        this.output = output;
      }

      public int code() {
        return code;
      }

      /** All that it wrote. */
      public byte[] output() {
        return output.clone();
      }
    }

    /** There is no such program, or it may not be run. */
    record NotStarted() implements Ending {}

    /** The time was up. */
    record TooSlow() implements Ending {}

    /** It wrote more than it was allowed. */
    record TooMuch() implements Ending {}
  }

  public ExternalProgram {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
    withheld = Set.copyOf(withheld);
  }

  /**
   * Runs it.
   *
   * @throws CancellationException if this thread is interrupted
   */
  public Ending run(byte[] input) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(withheld);
    builder.environment().putAll(environment);
    switch (errors) {
      case SHOWN -> builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      case MERGED -> builder.redirectErrorStream(true);
    }
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return new Ending.NotStarted();
    }
    try {
      return talk(process, input);
    } catch (TimeoutException e) {
      return new Ending.TooSlow();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Ending talk(Process process, byte[] input) throws TimeoutException, InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    Thread.ofVirtual().start(() -> feed(process, input));
    FutureTask<byte[]> output =
        new FutureTask<>(() -> process.getInputStream().readNBytes(mostOutput + 1));
    Thread.ofVirtual().start(output);
    byte[] bytes;
    try {
      bytes = output.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      bytes = new byte[0];
    }
    if (bytes.length > mostOutput) {
      return new Ending.TooMuch();
    }
    if (!process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
      return new Ending.TooSlow();
    }
    return new Ending.Exited(process.exitValue(), bytes);
  }

  private static void feed(Process process, byte[] input) {
    try (OutputStream stream = process.getOutputStream()) {
      stream.write(input);
    } catch (IOException e) {
      // It stopped reading and has decided already; its exit code says what.
      return;
    }
  }
}
