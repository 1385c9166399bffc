package org.m4fw.host.motion;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.host.Fixtures.assertRefused;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Shape;
import org.m4fw.host.Fixtures;
import org.m4fw.host.FloatTensor;

/** Files that NumPy wrote give their numbers; what is not one is refused. */
final class MotionFileTest {
  private static final String EXPECTED = "motion/expected.safetensors";
  private static final String ROW = "1,2,3,4,5,6\n";

  private static float[] flat(Motion motion) {
    float[] values = new float[Motion.CHANNELS * motion.length()];
    for (int channel = 0; channel < Motion.CHANNELS; channel++) {
      float[] from = motion.channels().get(channel);
      System.arraycopy(from, 0, values, channel * from.length, from.length);
    }
    return values;
  }

  private static Motion read(String name) {
    return MotionFile.read(Fixtures.path("motion").resolve(name));
  }

  private static Motion parse(String csv) {
    return MotionFile.parse("test", csv.getBytes(StandardCharsets.UTF_8));
  }

  private static void refused(ErrorCode code, String csv) {
    assertRefused(code, () -> parse(csv));
  }

  /** The file with some of its header's text replaced by as much other text. */
  private static byte[] changed(String from, String to) {
    assertEquals(from.length(), to.length());
    String file = new String(Fixtures.bytes("motion/f4.npy"), StandardCharsets.ISO_8859_1);
    assertTrue(file.contains(from));
    return file.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void refused(ErrorCode code, byte[] npy) {
    assertRefused(code, () -> MotionFile.parse("test", npy));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f4.npy",
        "f8-rows.npy",
        "f4-fortran.npy",
        "batch.npy",
        "v2.npy",
        "v3.npy",
        "plain.csv",
        "header.csv"
      })
  void numbersAreThoseThatWereWritten(String file) {
    assertArrayEquals(Fixtures.numbers(EXPECTED, "motion"), flat(read(file)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"i2.npy", "i4-big.npy"})
  void integersAreThoseThatWereWritten(String file) {
    assertArrayEquals(Fixtures.numbers(EXPECTED, "i2"), flat(read(file)));
  }

  @ParameterizedTest
  @CsvSource({"100, 200", "50, 200", "60, 200", "200, 50", "100, 33.3"})
  void anotherRateGivesTheNumbersOfNumpy(String from, String to) {
    Motion motion = read("f4.npy").resampled(Double.parseDouble(from), Double.parseDouble(to));
    float[] expected = Fixtures.numbers(EXPECTED, from + "." + to);
    assertTrue(Fixtures.difference(expected, flat(motion)) <= 1e-6);
  }

  @Test
  void emptyFileIsRefused() {
    refused(MotionError.NOT_NUMBERS, "");
    refused(MotionError.NOT_NUMBERS, "a,b,c,d,e,f\n");
  }

  @Test
  void lineOfOtherLengthIsRefused() {
    refused(MotionError.NOT_NUMBERS, ROW + "1,2,3,4,5\n");
    refused(MotionError.NOT_NUMBERS, ROW + "1,2,3,4,5,6,7\n");
    refused(MotionError.NOT_NUMBERS, ROW + "0".repeat(2000));
  }

  @Test
  void whatIsNoNumberIsRefused() {
    refused(MotionError.NOT_NUMBERS, ROW + "1,2,3,4,5,NaN\n");
    refused(MotionError.NOT_NUMBERS, ROW + "1,2,3,4,5,0x1p3\n");
    refused(MotionError.NOT_NUMBERS, ROW + "1,2,3,4,5,\n");
    refused(MotionError.NOT_NUMBERS, ROW + "a,b,c,d,e,f\n");
    refused(MotionError.NOT_FINITE, ROW + "1,2,3,4,5,1e99\n");
  }

  @Test
  void otherVersionIsRefused() {
    byte[] bytes = Fixtures.bytes("motion/f4.npy");
    bytes[6] = 4;
    refused(MotionError.NOT_NPY, bytes);
  }

  @Test
  void headerLongerThanTheFileIsRefused() {
    byte[] bytes = Fixtures.bytes("motion/f4.npy");
    bytes[9] = 0x20;
    refused(MotionError.NOT_NPY, bytes);
    refused(MotionError.NOT_NPY, Arrays.copyOf(bytes, 8));
  }

  @Test
  void headerThatIsNoPlainDictionaryIsRefused() {
    refused(MotionError.NOT_NPY, changed("'descr': ", "'other': "));
    refused(MotionError.NOT_NPY, changed("'descr'", "'shape'"));
    refused(MotionError.NOT_NPY, changed("'<f4'", "'|O8'"));
    refused(MotionError.NOT_NPY, changed("'<f4'", "'<f2'"));
    refused(MotionError.NOT_NPY, changed("'<f4'", "exit()".substring(1)));
    refused(MotionError.NOT_NPY, changed("False", "(6, )"));
    refused(MotionError.NOT_NPY, changed("{'", "['"));
  }

  @Test
  void shapeThatDoesNotFitTheFileIsRefused() {
    refused(MotionError.NOT_NPY, changed("(6, 30)", "(6, 31)"));
    byte[] bytes = Fixtures.bytes("motion/f4.npy");
    refused(MotionError.NOT_NPY, Arrays.copyOf(bytes, bytes.length - 1));
  }

  @Test
  void shapeThatOverflowsIsRefused() {
    String header =
        "{'descr': '<f8', 'fortran_order': False, 'shape': ("
            + "999999999, ".repeat(3)
            + "999999999), }\n";
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0};
    byte[] bytes = Arrays.copyOf(start, start.length + header.length());
    System.arraycopy(
        header.getBytes(StandardCharsets.US_ASCII), 0, bytes, start.length, header.length());
    refused(MotionError.NOT_NPY, bytes);
  }

  @Test
  void arrayWithoutSixChannelsIsRefused() {
    refused(MotionError.WRONG_SHAPE, changed("(6, 30)", "(9, 20)"));
    refused(MotionError.WRONG_SHAPE, changed("(6, 30)", "(180, )"));
  }

  @Test
  void missingSampleIsRefused() {
    byte[] bytes = Fixtures.bytes("motion/f4.npy");
    bytes[bytes.length - 1] = 0x7F;
    bytes[bytes.length - 2] = (byte) 0xC0;
    refused(MotionError.NOT_FINITE, bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"f4.npy", "v3.npy", "batch.npy"})
  void changedHeaderIsReadOrRefused(String file) {
    byte[] bytes = Fixtures.bytes("motion/" + file);
    int refused = 0;
    for (int at = 6; at < 100; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] changed = bytes.clone();
        changed[at] ^= (byte) (1 << bit);
        try {
          MotionFile.parse("test", changed);
        } catch (ProblemException e) {
          assertTrue(e.problem().code() instanceof MotionError, e::getMessage);
          refused++;
        }
      }
    }
    assertTrue(refused > 0);
  }

  @Test
  void exactWindowIsTakenAsItIs() {
    FloatTensor window = MotionWindow.EXACT.cut("test", read("f4.npy"), 30);
    assertEquals(Shape.of(1, 6, 30), window.shape());
    assertArrayEquals(Fixtures.numbers(EXPECTED, "motion"), window.values());
  }

  @Test
  void windowOfAnotherLengthIsRefused() {
    assertRefused(MotionError.TOO_SHORT, () -> MotionWindow.EXACT.cut("test", read("f4.npy"), 31));
    assertRefused(MotionError.TOO_LONG, () -> MotionWindow.EXACT.cut("test", read("f4.npy"), 29));
  }

  @Test
  void windowStartsWhereItIsSaid() {
    Motion motion = read("f4.npy");
    MotionWindow window = new MotionWindow(OptionalDouble.empty(), OptionalInt.of(4), false);
    float[] values = window.cut("test", motion, 10).values();
    assertArrayEquals(
        Arrays.copyOfRange(motion.channels().getFirst(), 4, 14), Arrays.copyOf(values, 10));
    assertRefused(MotionError.TOO_SHORT, () -> window.cut("test", motion, 27));
  }

  @Test
  void zerosFollowAShortRecordingOnlyWhereAsked() {
    Motion motion = read("f4.npy");
    MotionWindow window = new MotionWindow(OptionalDouble.empty(), OptionalInt.empty(), true);
    float[] values = window.cut("test", motion, 40).values();
    float[] first = motion.channels().getFirst();
    assertArrayEquals(Arrays.copyOf(first, 40), Arrays.copyOf(values, 40));
  }

  @Test
  void recordingAtAnotherRateIsBroughtToTheModels() {
    // 20 samples are 10 s, so that the model's rate is 2 Hz.
    MotionWindow window = new MotionWindow(OptionalDouble.of(1), OptionalInt.of(0), false);
    float[] values = window.cut("test", read("f4.npy"), 20).values();
    float[] first = read("f4.npy").channels().getFirst();
    assertEquals(first[1], values[2]);
    assertEquals((first[0] + first[1]) / 2, values[1], 1e-6);
  }

  @ParameterizedTest
  @ValueSource(doubles = {5, 50, 33.3, 52, 100, 200, 400})
  void recordingOfTenSecondsIsAWindowAtAnyRate(double rate) {
    MotionWindow window = new MotionWindow(OptionalDouble.of(rate), OptionalInt.empty(), false);
    float[] ramp = new float[(int) Math.round(10 * rate)];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i;
    }
    Motion motion = new Motion(Collections.nCopies(Motion.CHANNELS, ramp));
    float[] values = window.cut("test", motion, 2000).values();
    assertEquals(Motion.CHANNELS * 2000, values.length);
    assertEquals(ramp.length - 1, values[1999], Math.max(1, rate / 200));
  }

  @Test
  void rateThatMakesTooMuchOfARecordingIsRefused() {
    MotionWindow slow = new MotionWindow(OptionalDouble.of(0.1), OptionalInt.of(0), false);
    Motion motion = read("f4.npy");
    assertRefused(MotionError.TOO_LARGE, () -> slow.cut("test", motion, 200_000));
    assertThrows(
        IllegalArgumentException.class,
        () -> new MotionWindow(OptionalDouble.of(0), OptionalInt.empty(), false));
  }
}
