package org.m4fw.tests.benchmark;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.quantizer.Encodings;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.Rows;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Rounding rows of 4096 to the nearest, from half a megabyte that the second-level cache holds. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 700, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 8, time = 250, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class KernelBenchmark {
  /** Bytes that an operation reads. */
  static final int BYTES = 512 << 10;

  private static final int COLUMNS = 4096;

  /** The type of the numbers. */
  @Param({"F16", "BF16", "F32"})
  public String dtype = "F16";

  /** What they become, and how the scale is found. */
  @Param({
    "int8:ABSMAX",
    "int4-g32:ABSMAX",
    "int4-g32:SEARCH",
    "int4-g64:ABSMAX",
    "int4-g64:SEARCH",
    "int4-g128:ABSMAX",
    "int4-g128:SEARCH",
    "int4-g128-asym:SEARCH"
  })
  public String to = "int8:ABSMAX";

  private RowEncoder encoder = encoder("int8:ABSMAX");
  private Rows rows = rows(DType.F16);

  /** Makes numbers as a trained layer has them. */
  @Setup
  public void prepare() {
    encoder = encoder(to);
    rows = rows(DType.valueOf(dtype));
  }

  /** Encodes them. */
  @Benchmark
  public RowEncoder.Outcome encode() {
    return encoder.encode(rows);
  }

  private static RowEncoder encoder(String to) {
    int colon = to.indexOf(':');
    return RowEncoder.roundToNearest(
        Encodings.find(to.substring(0, colon)).orElseThrow(),
        ScaleChoice.valueOf(to.substring(colon + 1)));
  }

  /** Outside the heap, as mapped files are. */
  private static Rows rows(DType dtype) {
    ValueLayout.OfShort halves =
        ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    ValueLayout.OfFloat floats =
        ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(1);
    MemorySegment data = Arena.ofAuto().allocate(BYTES, 64);
    int count = BYTES / dtype.bytes();
    for (int i = 0; i < count; i++) {
      float value = (float) random.nextGaussian() * 0.02f;
      switch (dtype) {
        case F16 -> data.set(halves, 2L * i, Float.floatToFloat16(value));
        case BF16 -> data.set(halves, 2L * i, (short) (Float.floatToRawIntBits(value) >>> 16));
        default -> data.set(floats, 4L * i, value);
      }
    }
    Shape shape = Shape.of(count / COLUMNS, COLUMNS);
    Tensor tensor =
        new Tensor("weight", dtype, shape, new Extent(Path.of("memory"), 0, BYTES), data);
    return new Rows(tensor, COLUMNS, 0, count / COLUMNS);
  }
}
