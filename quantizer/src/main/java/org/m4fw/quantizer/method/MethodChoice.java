package org.m4fw.quantizer.method;

import java.util.List;
import java.util.Optional;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.quantizer.report.QuantizationReport;

/**
 * The method for a model, and why it is this one.
 *
 * @param reason as the report shows it
 */
public record MethodChoice(QuantizationMethod method, String reason) {
  /** Lets the inputs decide. */
  public static final String AUTO = "auto";

  /** The methods that can be asked for. */
  public static final List<String> IDS =
      List.of(AUTO, RoundToNearestMethod.ID, GptqMethod.ID, AwqMethod.ID);

  /** With fewer tokens, what GPTQ learns of wide layers is mostly chance. */
  private static final int ENOUGH_TOKENS = 4096;

  /** What the report says of a method that did its work. */
  public QuantizationReport.Method used(QuantizationMethod.Prepared prepared) {
    return new QuantizationReport.Method(
        prepared.id(), prepared.remark().isEmpty() ? reason : reason + ", " + prepared.remark());
  }

  /** Rounding to the nearest, as nothing else was asked for. */
  public static MethodChoice roundToNearest() {
    return new MethodChoice(new RoundToNearestMethod(), "no calibration data");
  }

  /**
   * Chooses.
   *
   * @param file where the wish stands, for messages; may be empty
   * @param item the option or field there
   * @param id one of {@link #IDS}
   * @param scheme of the linear layers; empty if weights are kept as they come
   * @throws org.m4fw.base.problem.ProblemException with a {@link MethodError}
   */
  public static MethodChoice of(
      String file,
      String item,
      String id,
      Optional<Scheme> scheme,
      Optional<CalibrationData> calibration) {
    return switch (id) {
      case AUTO -> automatic(scheme, calibration);
      case RoundToNearestMethod.ID ->
          new MethodChoice(new RoundToNearestMethod(calibration), "asked for");
      case GptqMethod.ID ->
          new MethodChoice(
              new GptqMethod(
                  calibration.orElseThrow(() -> MethodError.NEEDS_CALIBRATION.at(file, item, id))),
              "asked for");
      case AwqMethod.ID ->
          new MethodChoice(
              new AwqMethod(
                  calibration.orElseThrow(() -> MethodError.NEEDS_CALIBRATION.at(file, item, id))),
              "asked for");
      default -> throw MethodError.UNKNOWN_METHOD.at(file, item, id, String.join(", ", IDS));
    };
  }

  private static MethodChoice automatic(
      Optional<Scheme> scheme, Optional<CalibrationData> calibration) {
    if (calibration.isEmpty()) {
      return roundToNearest();
    }
    boolean rounds = scheme.filter(s -> !(s.encoding() instanceof Encoding.Plain)).isPresent();
    if (!rounds) {
      return new MethodChoice(new RoundToNearestMethod(), "no layer is quantized");
    }
    CalibrationData data = calibration.get();
    if (data.tokenCount().isPresent() && data.tokenCount().getAsLong() < ENOUGH_TOKENS) {
      return new MethodChoice(
          new RoundToNearestMethod(),
          "%s holds %s tokens, and less than %s can do more harm than good"
              .formatted(data.file(), data.tokenCount().getAsLong(), ENOUGH_TOKENS));
    }
    return new MethodChoice(new GptqMethod(data, ENOUGH_TOKENS), "calibrated on " + data.file());
  }
}
