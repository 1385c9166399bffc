package org.m4fw.quantizer.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.checkpoint.TensorFloats;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;
import org.m4fw.quantizer.kernel.RowEncoder.Outcome;

class KernelPropertiesTest {
  private static final int[] BLOCKS = {32, 64, 128};
  private static final DType[] TYPES = {DType.F32, DType.F16, DType.BF16};

  private static RowEncoder encoder(Encoding encoding, ScaleChoice choice, Kernel kernel) {
    return RowEncoder.roundToNearest(encoding, choice, Importance.EVEN, (elements, use) -> kernel);
  }

  private static Outcome.Encoded encode(Encoding encoding, ScaleChoice choice, Tensor tensor) {
    return assertInstanceOf(
        Outcome.Encoded.class,
        encoder(encoding, choice, new ScalarKernel()).encode(Samples.rows(tensor)));
  }

  private static float[] decode(Encoding encoding, Tensor tensor, Outcome.Encoded encoded) {
    return Samples.decode(
        encoding, tensor.shape(), encoded.data(), encoded.scales(), encoded.zeroPoints());
  }

  private static final int INT8 = 6;

  /** Blocks of three sizes, the same with zero points, and eight bits. */
  private static Encoding encoding(int which) {
    return which == INT8
        ? new Encoding.Int8PerChannel()
        : new Encoding.Int4Blocks(
            BLOCKS[which % 3], which < 3 ? Symmetry.SYMMETRIC : Symmetry.ASYMMETRIC);
  }

  private static Importance importance(int columns, Random random) {
    float[] each = new float[columns];
    for (int i = 0; i < columns; i++) {
      each[i] = random.nextInt(6) == 0 ? 0 : (float) Math.exp(2 * random.nextGaussian());
    }
    return Importance.of(each);
  }

  @Property(tries = 600)
  void scalarAndVectorKernelsGiveTheSameOutcome(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 12) int rows,
      @ForAll @IntRange(min = 1, max = 300) int columns,
      @ForAll @IntRange(max = 6) int which,
      @ForAll ScaleChoice choice,
      @ForAll boolean weighted,
      @ForAll @IntRange(max = 2) int type) {
    Importance importance = weighted ? importance(columns, new Random(seed + 1)) : Importance.EVEN;
    Tensor tensor =
        Samples.tensor(
            TYPES[type],
            Shape.of(rows, columns),
            Samples.hostile(rows * columns, new Random(seed)));
    Outcome scalar =
        RowEncoder.roundToNearest(
                encoding(which), choice, importance, (elements, use) -> new ScalarKernel())
            .encode(Samples.rows(tensor));
    Outcome vector =
        RowEncoder.roundToNearest(
                encoding(which), choice, importance, (elements, use) -> new VectorKernel())
            .encode(Samples.rows(tensor));
    assertEquals(scalar, vector);
  }

  @Property(tries = 200)
  void int8ErrorsAreHalfAStepAtMost(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int columns) {
    Tensor tensor = Samples.matrix(Samples.normal(columns, seed), columns);
    Encoding int8 = new Encoding.Int8PerChannel();
    Outcome.Encoded encoded = encode(int8, ScaleChoice.ABSMAX, tensor);
    float[] decoded = decode(int8, tensor, encoded);
    double step = Float.float16ToFloat(encoded.scales().getShort(0));
    float[] original = Samples.normal(columns, seed);
    for (int i = 0; i < columns; i++) {
      assertEquals(original[i], decoded[i], step / 2 * (1 + 1e-5));
    }
  }

  @Property(tries = 200)
  void int4ErrorsAreHalfAStepAtMostWithoutSearch(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 2) int which) {
    Encoding.Int4Blocks int4 = new Encoding.Int4Blocks(BLOCKS[which]);
    float[] original = Samples.normal(int4.block(), seed);
    Tensor tensor = Samples.matrix(original, int4.block());
    Outcome.Encoded encoded = encode(int4, ScaleChoice.ABSMAX, tensor);
    float[] decoded = decode(int4, tensor, encoded);
    double step = Float.float16ToFloat(encoded.scales().getShort(0));
    for (int i = 0; i < original.length; i++) {
      // The scale's own rounding moves the largest number by 7 · 2^-11 steps.
      assertEquals(original[i], decoded[i], step * (0.5 + 7.0 / 2048));
    }
  }

  /** A block has a step more on one side, that of its largest number. */
  @Property(tries = 200)
  void int4ErrorsOfBlocksWithFreeSignsAreHalfAStepAtMostButAtTheShortEnd(@ForAll long seed) {
    Encoding.Int4Blocks int4 = new Encoding.Int4Blocks(32);
    float[] original = Samples.normal(int4.block(), seed);
    Tensor tensor = Samples.matrix(original, int4.block());
    Outcome.Encoded encoded = encode(int4, ScaleChoice.ABSMAX, tensor);
    float[] decoded = decode(int4, tensor, encoded);
    double step = Float.float16ToFloat(encoded.scales().getShort(0));
    for (int i = 0; i < original.length; i++) {
      double clamped = Math.max(0, original[i] / step - 7.5);
      assertEquals(
          original[i], decoded[i], Math.abs(step) * (0.5 + clamped + 8.0 / 2048), "at " + i);
      assertTrue(clamped <= 0.5 + 8.0 / 2048);
    }
  }

  @Property(tries = 200)
  void asymmetricErrorsAreHalfAStepAtMostWithoutSearch(
      @ForAll long seed,
      @ForAll @IntRange(min = 3, max = 5) int which,
      @ForAll @DoubleRange(min = -0.3, max = 0.3) double shift) {
    Encoding.Int4Blocks int4 = (Encoding.Int4Blocks) encoding(which);
    float[] original = Samples.normal(int4.block(), seed);
    for (int i = 0; i < original.length; i++) {
      original[i] += (float) shift;
    }
    Tensor tensor = Samples.matrix(original, int4.block());
    Outcome.Encoded encoded = encode(int4, ScaleChoice.ABSMAX, tensor);
    float[] decoded = decode(int4, tensor, encoded);
    double step = Float.float16ToFloat(encoded.scales().getShort(0));
    for (int i = 0; i < original.length; i++) {
      // The zero point's own rounding moves all numbers by up to half a step, which clamps the
      // ends.
      assertEquals(original[i], decoded[i], step * (1 + 15.0 / 2048));
    }
  }

  @Property(tries = 100)
  void importanceLowersTheErrorThatItWeighs(
      @ForAll long seed, @ForAll @IntRange(max = 5) int which) {
    Tensor tensor = Samples.matrix(Samples.normal(64 * 256, seed), 256);
    Random random = new Random(seed);
    float[] each = new float[256];
    for (int i = 0; i < each.length; i++) {
      each[i] = (float) Math.exp(2 * random.nextGaussian());
    }
    Outcome.Encoded even = encode(encoding(which), ScaleChoice.SEARCH, tensor);
    RowEncoder weighing =
        RowEncoder.roundToNearest(
            encoding(which),
            ScaleChoice.SEARCH,
            Importance.of(each),
            (elements, use) -> new ScalarKernel());
    Outcome.Encoded weighed =
        assertInstanceOf(Outcome.Encoded.class, weighing.encode(Samples.rows(tensor)));
    assertTrue(
        weighedError(encoding(which), tensor, weighed, each)
            < weighedError(encoding(which), tensor, even, each));
  }

  private static double weighedError(
      Encoding encoding, Tensor tensor, Outcome.Encoded encoded, float[] each) {
    float[] original = TensorFloats.all(tensor);
    float[] decoded = decode(encoding, tensor, encoded);
    double sum = 0;
    for (int i = 0; i < original.length; i++) {
      double difference = original[i] - decoded[i];
      sum += each[i % each.length] * difference * difference;
    }
    return sum;
  }

  @Property(tries = 200)
  void searchIsNeverWorseThanAbsmax(
      @ForAll long seed, @ForAll @IntRange(max = 5) int which, @ForAll boolean heavyTails) {
    float[] values = Samples.normal(1024, seed);
    if (heavyTails) {
      for (int i = 0; i < values.length; i++) {
        values[i] = values[i] * values[i] * values[i];
      }
    }
    Tensor tensor = Samples.matrix(values, 256);
    Quality absmax = encode(encoding(which), ScaleChoice.ABSMAX, tensor).quality();
    Quality search = encode(encoding(which), ScaleChoice.SEARCH, tensor).quality();
    // The multiple that fits best is rounded to F16 at the end.
    assertTrue(search.noise() <= absmax.noise() * (1 + 1e-3), search + " > " + absmax);
  }

  @Property(tries = 300)
  void quantizingWhatWasQuantizedChangesNothing(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 300) int columns,
      @ForAll @IntRange(max = 6) int which,
      @ForAll ScaleChoice choice,
      @ForAll @IntRange(min = -6, max = 12) int exponent) {
    float[] values = Samples.normal(3 * columns, seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.scalb(values[i], exponent);
    }
    if (which == INT8) {
      // Smaller rows have subnormal scales, among which there are gaps.
      for (int i = 0; i < values.length; i += columns) {
        values[i] = 0x1p-6f;
      }
    }
    Encoding encoding = encoding(which);
    Tensor first = Samples.matrix(values, columns);
    float[] once = decode(encoding, first, encode(encoding, choice, first));
    Tensor second = Samples.matrix(once, columns);
    Outcome.Encoded again = encode(encoding, choice, second);
    assertArrayEquals(unsignedZeros(once), unsignedZeros(decode(encoding, second, again)));
    assertEquals(0, again.quality().noise());
  }

  /** q = 0 is −0 where the scale is negative. */
  private static float[] unsignedZeros(float[] values) {
    float[] same = values.clone();
    for (int i = 0; i < same.length; i++) {
      same[i] += 0.0f;
    }
    return same;
  }

  @Property(tries = 200)
  void theReportedQualityIsThatOfTheBytes(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 300) int columns,
      @ForAll @IntRange(max = 6) int which) {
    float[] values = Samples.normal(2 * columns, seed);
    Tensor tensor = Samples.matrix(values, columns);
    Outcome.Encoded encoded = encode(encoding(which), ScaleChoice.SEARCH, tensor);
    float[] decoded = decode(encoding(which), tensor, encoded);
    double signal = 0;
    double noise = 0;
    double rebuilt = 0;
    double maxError = 0;
    for (int i = 0; i < values.length; i++) {
      double difference = (double) values[i] - decoded[i];
      signal += (double) values[i] * values[i];
      noise += difference * difference;
      rebuilt += (double) decoded[i] * decoded[i];
      maxError = Math.max(maxError, Math.abs(difference));
    }
    Quality quality = encoded.quality();
    assertEquals(signal, quality.signal(), 1e-5 * signal);
    assertEquals(noise, quality.noise(), 1e-4 * noise);
    assertEquals(rebuilt, quality.rebuilt(), 1e-5 * rebuilt);
    assertEquals(maxError, quality.maxError(), 1e-5 * maxError);
  }
}
