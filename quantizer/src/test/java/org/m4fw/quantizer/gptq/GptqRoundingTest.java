package org.m4fw.quantizer.gptq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Symmetry;
import org.m4fw.quantizer.calibration.InputMoments;
import org.m4fw.quantizer.kernel.RowEncoder;
import org.m4fw.quantizer.kernel.RowEncoder.Outcome;
import org.m4fw.quantizer.kernel.Rows;
import org.m4fw.quantizer.kernel.Samples;
import org.m4fw.quantizer.kernel.ScaleChoice;

class GptqRoundingTest {
  private static final Encoding[] ENCODINGS = {
    new Encoding.Int4Blocks(32),
    new Encoding.Int4Blocks(64),
    new Encoding.Int4Blocks(128),
    new Encoding.Int8PerChannel()
  };

  /** The moments of inputs that depend on each other, as those of real layers do. */
  private static DMatrixRMaj gram(int width, long seed) {
    Random random = new Random(seed);
    int positions = 3 * width;
    double[] common = new double[width];
    Arrays.setAll(common, i -> random.nextGaussian());
    DMatrixRMaj gram = new DMatrixRMaj(width, width);
    double[] x = new double[width];
    for (int p = 0; p < positions; p++) {
      double shared = random.nextGaussian();
      for (int i = 0; i < width; i++) {
        x[i] = random.nextGaussian() + shared * common[i];
      }
      for (int i = 0; i < width; i++) {
        for (int j = 0; j < width; j++) {
          gram.add(i, j, x[i] * x[j] / positions);
        }
      }
    }
    return gram;
  }

  private static DMatrixRMaj none(int width) {
    return new DMatrixRMaj(width, width);
  }

  private static RowEncoder gptq(Encoding encoding, DMatrixRMaj gram) {
    GptqRounding.Curve curve = GptqRounding.curve(gram, none(gram.getNumRows()));
    return new GptqRounding("key", curve).encoder(encoding);
  }

  private static Rows rows(float[] values, int columns) {
    return new Rows(Samples.matrix(values, columns), columns, 0, values.length / columns);
  }

  private static float[] rebuilt(
      RowEncoder encoder, Encoding encoding, float[] values, int columns) {
    Outcome.Encoded encoded =
        assertInstanceOf(Outcome.Encoded.class, encoder.encode(rows(values, columns)));
    return Samples.decode(
        encoding, Shape.of(values.length / columns, columns), encoded.data(), encoded.scales());
  }

  /** The mean squared error of the layer's output. */
  private static double outputError(float[] values, float[] rebuilt, DMatrixRMaj gram) {
    int width = gram.getNumRows();
    double error = 0;
    for (int row = 0; row < values.length / width; row++) {
      for (int i = 0; i < width; i++) {
        for (int j = 0; j < width; j++) {
          error +=
              ((double) rebuilt[row * width + i] - values[row * width + i])
                  * gram.get(i, j)
                  * ((double) rebuilt[row * width + j] - values[row * width + j]);
        }
      }
    }
    return error;
  }

  /** Of the inputs from {@code first} on. */
  private static InputMoments part(DMatrixRMaj gram, int first, int width) {
    DMatrixRMaj part = CommonOps_DDRM.extract(gram, first, first + width, first, first + width);
    return new InputMoments(part, none(width), 1);
  }

  @Property(tries = 20)
  void segmentsAreBetterThanRoundingToTheNearestAndWorseThanTheWhole(
      @ForAll long seed, @ForAll @IntRange(max = 3) int which) {
    int width = 300;
    float[] values = Samples.normal(5 * width, seed);
    DMatrixRMaj gram = gram(width, seed);
    Encoding encoding = ENCODINGS[which];
    GptqRounding.Curve curve =
        GptqRounding.curve(width, 128, (first, count) -> part(gram, first, count));
    RowEncoder inSegments = new GptqRounding("key", curve).encoder(encoding);
    double segments = outputError(values, rebuilt(inSegments, encoding, values, width), gram);
    double nearest =
        outputError(
            values,
            rebuilt(
                RowEncoder.roundToNearest(encoding, ScaleChoice.SEARCH), encoding, values, width),
            gram);
    double whole =
        outputError(values, rebuilt(gptq(encoding, gram), encoding, values, width), gram);
    assertTrue(segments < nearest, segments + " >= " + nearest);
    assertTrue(whole < segments, whole + " >= " + segments);
  }

  @Property(tries = 40)
  void outputOfLayerIsCloserThanWithRoundingToNearest(
      @ForAll long seed,
      @ForAll @IntRange(min = 40, max = 150) int width,
      @ForAll @IntRange(max = 3) int which) {
    float[] values = Samples.normal(5 * width, seed);
    DMatrixRMaj gram = gram(width, seed);
    Encoding encoding = ENCODINGS[which];
    double calibrated =
        outputError(values, rebuilt(gptq(encoding, gram), encoding, values, width), gram);
    double nearest =
        outputError(
            values,
            rebuilt(
                RowEncoder.roundToNearest(encoding, ScaleChoice.SEARCH), encoding, values, width),
            gram);
    assertTrue(calibrated < nearest, () -> calibrated + " against " + nearest);
  }

  @Property(tries = 40)
  void numbersThatWereQuantizedBeforeKeepTheirValues(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 150) int width,
      @ForAll @IntRange(max = 3) int which) {
    Encoding encoding = ENCODINGS[which];
    float[] once =
        rebuilt(
            RowEncoder.roundToNearest(encoding, ScaleChoice.SEARCH),
            encoding,
            Samples.normal(3 * width, seed),
            width);
    float[] twice = rebuilt(gptq(encoding, gram(width, seed)), encoding, once, width);
    for (int i = 0; i < once.length; i++) {
      // Plus zero: of the two zeros, either will do.
      assertEquals(once[i] + 0.0f, twice[i] + 0.0f);
    }
  }

  @Property(tries = 40)
  void rowsDoNotInfluenceEachOther(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int count,
      @ForAll @IntRange(max = 3) int which) {
    int width = 70;
    Encoding encoding = ENCODINGS[which];
    float[] values = Samples.normal(count * width, seed);
    DMatrixRMaj gram = gram(width, seed);
    float[] together = rebuilt(gptq(encoding, gram), encoding, values, width);
    for (int row = 0; row < count; row += 7) {
      float[] alone =
          rebuilt(
              gptq(encoding, gram),
              encoding,
              Arrays.copyOfRange(values, row * width, (row + 1) * width),
              width);
      assertArrayEquals(Arrays.copyOfRange(together, row * width, (row + 1) * width), alone);
    }
  }

  @Property(tries = 40)
  void scalesCanBeStoredAndPaddingIsZero(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int width) {
    Encoding.Int4Blocks encoding = new Encoding.Int4Blocks(64);
    float[] values = Samples.normal(2 * width, seed);
    Outcome.Encoded encoded =
        assertInstanceOf(
            Outcome.Encoded.class, gptq(encoding, gram(width, seed)).encode(rows(values, width)));
    ByteBuffer scales = encoded.scales().order(ByteOrder.LITTLE_ENDIAN);
    while (scales.hasRemaining()) {
      float scale = Float.float16ToFloat(scales.getShort());
      assertTrue(scale > 0 && Float.isFinite(scale), () -> "scale " + scale);
    }
    int perRow = Math.ceilDiv(width, 64) * 32;
    for (int i = width; i < 2 * perRow; i++) {
      assertEquals(8, encoded.data().get(i / 2) >> (4 * (i & 1)) & 15);
    }
  }

  @Example
  void layerAnswersTheInputOfTheQuantizedModelAsTheOriginalAnsweredItsOwn() {
    // The quantized model gives this layer twice the input: its weight has to become half.
    int width = 64;
    DMatrixRMaj gram = gram(width, 5);
    DMatrixRMaj shift = gram.copy();
    for (int i = 0; i < shift.data.length; i++) {
      shift.data[i] *= -0.5;
    }
    Encoding encoding = new Encoding.Int8PerChannel();
    float[] values = Samples.normal(4 * width, 6);
    GptqRounding rounding = new GptqRounding("key", GptqRounding.curve(gram, shift));
    float[] rebuilt = rebuilt(rounding.encoder(encoding), encoding, values, width);
    float[] half = values.clone();
    for (int i = 0; i < half.length; i++) {
      half[i] /= 2;
    }
    assertTrue(outputError(half, rebuilt, gram) < 0.01 * outputError(values, rebuilt, gram));
  }

  @Example
  void inputsThatAreAlwaysZeroDoNoHarm() {
    int width = 64;
    DMatrixRMaj nothing = none(width);
    Encoding encoding = new Encoding.Int4Blocks(32);
    float[] values = Samples.normal(width, 7);
    float[] rebuilt = rebuilt(gptq(encoding, nothing), encoding, values, width);
    for (int i = 0; i < width; i++) {
      assertEquals(values[i], rebuilt[i], 0.02f);
    }
  }

  @Example
  void numberThatIsNotFiniteIsRefusedWithItsIndex() {
    float[] values = Samples.normal(128, 8);
    values[70] = Float.NaN;
    Outcome outcome = gptq(new Encoding.Int4Blocks(32), gram(64, 8)).encode(rows(values, 64));
    assertEquals(70, assertInstanceOf(Outcome.NotFinite.class, outcome).index());
  }

  @Example
  void magnitudeThatNeedsTooLargeAScaleIsRefusedWithItsIndex() {
    float[] values = Samples.normal(128, 9);
    values[100] = 1e9f;
    Outcome outcome = gptq(new Encoding.Int4Blocks(32), gram(64, 9)).encode(rows(values, 64));
    assertEquals(100, assertInstanceOf(Outcome.ScaleOverflow.class, outcome).index());
  }

  @Example
  void plainAndAsymmetricEncodingsAreNotTaken() {
    assertTrue(GptqRounding.takes(new Encoding.Int4Blocks(32)));
    assertEquals(false, GptqRounding.takes(new Encoding.Plain(DType.F16)));
    assertEquals(false, GptqRounding.takes(new Encoding.Int4Blocks(32, Symmetry.ASYMMETRIC)));
  }
}
