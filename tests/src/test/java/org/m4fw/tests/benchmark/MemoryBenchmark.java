package org.m4fw.tests.benchmark;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The sum of an array that no cache holds: what one core reads from memory. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 8, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class MemoryBenchmark {
  /** Bytes that an operation reads. */
  static final long BYTES = 256L << 20;

  private final long[] memory = new long[Math.toIntExact(BYTES / Long.BYTES)];

  /** Reads all of it. */
  @Benchmark
  public long read() {
    long sum = 0;
    for (long each : memory) {
      sum += each;
    }
    return sum;
  }
}
