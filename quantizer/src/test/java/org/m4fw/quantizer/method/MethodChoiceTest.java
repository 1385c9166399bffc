package org.m4fw.quantizer.method;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.calibration.Calibrations;

class MethodChoiceTest {
  private static final Optional<Scheme> INT4 = Optional.of(Scheme.parse("--scheme", "int4"));
  private static final Optional<Scheme> F16 = Optional.of(Scheme.parse("--scheme", "f16"));

  @TempDir Path directory = Path.of("");

  private static MethodChoice choose(
      String id, Optional<Scheme> scheme, Optional<CalibrationData> data) {
    return MethodChoice.of("", "--method", id, scheme, data);
  }

  private static ErrorCode refusal(String id, Optional<CalibrationData> data) {
    return assertThrows(ProblemException.class, () -> choose(id, INT4, data)).problem().code();
  }

  private CalibrationData tokens(int windows) {
    return CalibrationData.open(Calibrations.tokens(directory, 64, windows));
  }

  @Test
  void withoutDataNumbersAreRoundedToTheNearest() {
    MethodChoice choice = choose("auto", INT4, Optional.empty());
    assertEquals("rtn", choice.method().id());
    assertEquals("no calibration data", choice.reason());
  }

  @Test
  void withEnoughDataLayersAreCalibrated() {
    try (CalibrationData data = tokens(64)) {
      MethodChoice choice = choose("auto", INT4, Optional.of(data));
      assertEquals("gptq", choice.method().id());
      assertTrue(choice.reason().startsWith("calibrated on "), choice.reason());
    }
  }

  @Test
  void withTooLittleDataNumbersAreRoundedToTheNearest() {
    try (CalibrationData data = tokens(2)) {
      MethodChoice choice = choose("auto", INT4, Optional.of(data));
      assertEquals("rtn", choice.method().id());
      assertTrue(choice.reason().contains("128 tokens"), choice.reason());
    }
  }

  @Test
  void withoutQuantizationThereIsNothingToCalibrate() {
    try (CalibrationData data = tokens(64)) {
      assertEquals("rtn", choose("auto", F16, Optional.of(data)).method().id());
    }
  }

  @Test
  void gptqWithoutDataIsRefused() {
    assertEquals(MethodError.NEEDS_CALIBRATION, refusal("gptq", Optional.empty()));
  }

  @Test
  void awqWithoutDataIsRefused() {
    assertEquals(MethodError.NEEDS_CALIBRATION, refusal("awq", Optional.empty()));
  }

  @Test
  void unknownMethodIsRefused() {
    assertEquals(MethodError.UNKNOWN_METHOD, refusal("awq2", Optional.empty()));
  }

  @Test
  void roundingToTheNearestLooksAtDataToo() {
    try (CalibrationData data = tokens(64)) {
      QuantizationMethod method = choose("rtn", INT4, Optional.of(data)).method();
      assertEquals(new RoundToNearestMethod(Optional.of(data)), method);
    }
  }
}
