package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.graph.ir.Model;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.activation.ActivationError;
import org.m4fw.quantizer.activation.Calibration;
import org.m4fw.quantizer.activation.MeasuredRanges;
import org.m4fw.quantizer.activation.RangesJson;
import org.m4fw.quantizer.activation.Smoothing;

/**
 * Ranges that an earlier compilation measured. They are known by the names of values, so that they
 * hold for other sizes, and for the same model with its weights in another encoding: what eight
 * bits of weights change of a value is little beside its range.
 */
public record LiteRanges(Path file, MeasuredRanges ranges) {

  /** Reads {@code TARGET.ranges.json}. */
  public static LiteRanges read(Path file) {
    return new LiteRanges(file, RangesJson.read(file));
  }

  /** What was measured now. */
  static MeasuredRanges of(
      Map<String, LiteCalibration.Measured> measured,
      Model model,
      TargetModel.Quantization quantization,
      WeightStore store) {
    Calibration calibration = quantization.ranges().orElseThrow();
    SortedMap<String, MeasuredRanges.Part> parts = new TreeMap<>();
    measured.forEach(
        (part, known) ->
            parts.put(part, MeasuredRanges.Part.of(known.spread(), known.numbers().plan())));
    return new MeasuredRanges(
        new MeasuredRanges.From(
            weights(model, store),
            calibration.data().digest().toString(),
            calibration.observer().id(),
            calibration.smoothing().map(Smoothing::strength)),
        parts);
  }

  /**
   * The ranges, if they can be those of this model. That no value lacks one is seen where the graph
   * is made.
   */
  MeasuredRanges checked(
      String name,
      Model model,
      TargetModel.Quantization quantization,
      WeightStore store,
      Progress progress) {
    Optional<Double> smooth =
        quantization.ranges().flatMap(Calibration::smoothing).map(Smoothing::strength);
    if (!smooth.equals(ranges.from().smooth())) {
      throw ActivationError.OTHER_SMOOTHING.at(
          file,
          "smooth",
          ranges.from().smooth().map(String::valueOf).orElse("off"),
          smooth.map(String::valueOf).orElse("off"));
    }
    if (model.parts().keySet().stream().noneMatch(part -> ranges.parts().containsKey(part))) {
      throw ActivationError.NO_PART_MEASURED.at(
          file,
          "parts",
          String.join(", ", ranges.parts().keySet()),
          String.join(", ", model.parts().keySet()));
    }
    model.parts().keySet().stream()
        .filter(part -> !ranges.parts().containsKey(part))
        .forEach(
            part -> progress.warn("%s is left out: %s has no ranges of it".formatted(part, file)));
    if (!ranges.from().weights().equals(weights(model, store))) {
      progress.warn(
          "the ranges in %s were measured on other weights than those of %s".formatted(file, name));
    }
    return ranges;
  }

  /** One digest of all weights, as they come. */
  private static String weights(Model model, WeightStore store) {
    SortedMap<String, Object> digests = new TreeMap<>();
    model
        .weights()
        .forEach((name, weight) -> digests.put(name, store.contentDigest(weight).toString()));
    return Digest.of(CanonicalJson.bytes(CanonicalJson.node(digests))).toString();
  }
}
