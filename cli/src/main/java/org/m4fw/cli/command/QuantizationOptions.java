package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.cli.pipeline.ComponentQuantization;
import org.m4fw.cli.pipeline.Resources;
import org.m4fw.cli.pipeline.TargetModel;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.method.MethodChoice;
import picocli.CommandLine.Option;

/** How weights are quantized; shared by the commands that do it. */
final class QuantizationOptions {
  @Option(
      names = "--override",
      paramLabel = "WEIGHT=SCHEME",
      description =
          "Another scheme for weights of that name, in which * is any text; may be repeated.")
  List<String> overrides = new ArrayList<>();

  @Option(
      names = "--method",
      paramLabel = "M",
      description =
          "rtn (round to nearest), gptq or awq (need --calibration), or auto: gptq where there is"
              + " calibration data, else rtn (default: auto).")
  String method = MethodChoice.AUTO;

  @Option(
      names = "--calibration",
      paramLabel = "F",
      description =
          "What the model is calibrated on: tokens as 'eval' takes them, or a safetensors file of"
              + " its inputs. Text it will be evaluated on does not belong there.")
  Optional<Path> calibration = Optional.empty();

  @Option(
      names = "--smooth",
      paramLabel = "A",
      description =
          "Move outliers of what layers read after a norm into their weights first (SmoothQuant), for"
              + " devices that store what layers read in eight bits: 0.5 shares them evenly, 1 moves"
              + " them whole. Needs --calibration.")
  Optional<Double> smooth = Optional.empty();

  @Option(
      names = "--bits",
      paramLabel = "N",
      description =
          "Store each linear layer in 4 or 8 bits as it bears it, so that all of them take N bits"
              + " per weight, scales included: 4.25.")
  Optional<Double> bits = Optional.empty();

  @Option(
      names = "--budget",
      paramLabel = "SIZE",
      description = "The same, so that all weights of the model take at most SIZE: 3.6GB.")
  Optional<String> budget = Optional.empty();

  /** Where size decides, the scheme need not be named: it decides about the embedding only. */
  Optional<Scheme> scheme(Optional<String> id) {
    boolean sized = bits.isPresent() || budget.isPresent();
    return id.or(() -> sized ? Optional.of("int4") : Optional.empty())
        .map(named -> Scheme.parse("--scheme", named));
  }

  /**
   * What the options say.
   *
   * @param resources closes the calibration data
   */
  TargetModel.Quantization quantization(Optional<Scheme> scheme, Resources resources) {
    return quantization(scheme, Optional.empty(), resources);
  }

  /**
   * The same.
   *
   * @param leastRatio what activations have to keep, in dB
   */
  TargetModel.Quantization quantization(
      Optional<Scheme> scheme, Optional<Double> leastRatio, Resources resources) {
    return ComponentQuantization.of(
        new ComponentQuantization.Place("", "--"),
        scheme,
        overrides(),
        method,
        calibration,
        new ComponentQuantization.Care(smooth, leastRatio),
        ComponentQuantization.budget("", "--", bits, budget),
        resources);
  }

  Overrides overrides() {
    SortedMap<String, String> patterns = new TreeMap<>();
    for (String text : overrides) {
      int at = text.lastIndexOf('=');
      if (at < 1) {
        throw CommandError.BAD_OVERRIDE.at("", "--override", text);
      }
      patterns.put(text.substring(0, at), text.substring(at + 1));
    }
    return Overrides.of("", "--override", patterns);
  }
}
