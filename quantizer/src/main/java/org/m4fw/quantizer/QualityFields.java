package org.m4fw.quantizer;

import java.util.Map;
import java.util.Optional;
import org.m4fw.base.json.Fields;
import org.m4fw.quantizer.kernel.Quality;

/** A {@link Quality} in JSON, in hexadecimal floating-point numbers, which are exact. */
final class QualityFields {
  private QualityFields() {}

  static Map<String, Object> of(Quality quality) {
    return Map.of(
        "signal", Double.toHexString(quality.signal()),
        "noise", Double.toHexString(quality.noise()),
        "rebuilt", Double.toHexString(quality.rebuilt()),
        "max_error", Double.toHexString(quality.maxError()));
  }

  /** None where the weight came quantized. */
  static Optional<Quality> read(Fields fields) {
    return fields.has("signal")
        ? Optional.of(
            new Quality(
                Double.parseDouble(fields.string("signal")),
                Double.parseDouble(fields.string("noise")),
                Double.parseDouble(fields.string("rebuilt")),
                Double.parseDouble(fields.string("max_error"))))
        : Optional.empty();
  }
}
