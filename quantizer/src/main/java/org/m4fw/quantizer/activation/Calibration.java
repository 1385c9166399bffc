package org.m4fw.quantizer.activation;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.TokenFile;
import org.m4fw.host.WholeInputs;
import org.m4fw.quantizer.calibration.CalibrationData;

/**
 * What a model is run on to see how far its values reach, and how ranges follow from that: each
 * window of a token file is a sample, a file of tensors is one.
 *
 * @param smoothing of what layers read, before anything is measured
 * @param least the ratio, in dB, that values, operators and, where nothing but eight bits is taken,
 *     results have to keep, if somebody said so
 */
public record Calibration(
    CalibrationData data,
    Observer observer,
    Optional<Smoothing> smoothing,
    Optional<Double> least) {
  /** The most that a bound can ask for: sixteen bits keep hardly more. */
  private static final double MOST = 100;

  /** Without smoothing, with the usual bound. */
  public Calibration(CalibrationData data, Observer observer) {
    this(data, observer, Optional.empty(), Optional.empty());
  }

  /** The same with ranges chosen in another way. */
  public Calibration with(Observer other) {
    return new Calibration(data, other, smoothing, least);
  }

  /** The ratio, in dB, that values and operators have to keep. */
  double bound() {
    return least.orElse(StaticQuantization.BOUND);
  }

  /**
   * A bound that someone asks for, in dB.
   *
   * @param file where, for messages; may be empty
   * @param item the option or field there
   * @throws org.m4fw.base.problem.ProblemException with {@link ActivationError#BAD_BOUND}
   */
  public static double bound(String file, String item, double least) {
    if (!(least >= 0 && least <= MOST)) {
      throw ActivationError.BAD_BOUND.at(file, item, least);
    }
    return least;
  }

  /** Ranges hardly change after a thousand tokens. */
  static final int MOST_WINDOWS = 8;

  /** The samples, with tokens named as the first of the graphs that takes some names them. */
  public List<SortedMap<String, Tensor>> samples(List<CompiledModel> graphs, Arena arena) {
    if (data.tokens().isEmpty()) {
      return List.of(new TreeMap<>(data.tensors()));
    }
    String name =
        graphs.stream()
            .flatMap(graph -> WholeInputs.tokens(graph).stream())
            .findFirst()
            .orElse("input_ids");
    TokenFile tokens = data.tokens().get();
    List<SortedMap<String, Tensor>> samples = new ArrayList<>();
    for (int i = 0; i < Math.min(MOST_WINDOWS, tokens.windows()); i++) {
      SortedMap<String, Tensor> sample = new TreeMap<>();
      sample.put(name, WholeInputs.tokens(name, tokens.window(i), arena));
      samples.add(sample);
    }
    return samples;
  }
}
