package org.m4fw.quantizer.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.ir.Encoding;

/**
 * Says how fast the kernels are on one core, in gigabytes of input per second, from half a megabyte
 * that stays in the second-level cache. The best of many repetitions counts, as others may use the
 * machine too. Run it with {@code --add-modules jdk.incubator.vector} and the test class path.
 */
final class KernelBenchmark {
  private static final int COLUMNS = 4096;
  private static final int BYTES = 512 << 10;
  private static final long NANOS = 2_000_000_000L;

  private KernelBenchmark() {}

  public static void main(String[] arguments) {
    Kernel vectors = Kernels.Vectors.kernel();
    long start = System.nanoTime();
    boolean warm = new WarmUp(vectors, Kernels.scalar()).untilFaster();
    double seconds = (System.nanoTime() - start) / 1e9;
    say(String.format(Locale.ROOT, "vectors are faster after %.1f s: %s", seconds, warm));
    say("from  to         scale     vector   scalar");
    for (DType dtype : List.of(DType.F16, DType.BF16, DType.F32)) {
      Rows rows = Samples.rows(tensor(dtype));
      row(dtype, rows, new Encoding.Int8PerChannel(), ScaleChoice.ABSMAX, vectors);
      for (int block : new int[] {32, 64, 128}) {
        for (ScaleChoice choice : ScaleChoice.values()) {
          row(dtype, rows, new Encoding.Int4Blocks(block), choice, vectors);
        }
      }
    }
  }

  private static void row(
      DType dtype, Rows rows, Encoding encoding, ScaleChoice choice, Kernel vectors) {
    say(
        String.format(
            Locale.ROOT,
            "%-5s %-10s %-7s %8.2f %8.2f",
            dtype,
            encoding.id(),
            choice,
            speed(rows, encoding, choice, vectors),
            speed(rows, encoding, choice, Kernels.scalar())));
  }

  private static double speed(Rows rows, Encoding encoding, ScaleChoice choice, Kernel kernel) {
    RowEncoder encoder = RowEncoder.roundToNearest(encoding, choice, elements -> kernel);
    long best = Long.MAX_VALUE;
    long start = System.nanoTime();
    while (System.nanoTime() - start < NANOS) {
      long before = System.nanoTime();
      if (!(encoder.encode(rows) instanceof RowEncoder.Outcome.Encoded)) {
        throw new IllegalStateException("nothing to refuse");
      }
      best = Math.min(best, System.nanoTime() - before);
    }
    return (double) BYTES / best;
  }

  /** Outside the heap, as mapped files are. */
  private static Tensor tensor(DType dtype) {
    int rows = BYTES / dtype.bytes() / COLUMNS;
    Tensor heap = Samples.tensor(dtype, Shape.of(rows, COLUMNS), Samples.normal(rows * COLUMNS, 1));
    MemorySegment data = Arena.global().allocate(heap.byteSize(), 64);
    data.copyFrom(heap.data());
    return new Tensor(heap.name(), dtype, heap.shape(), heap.extent(), data);
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
