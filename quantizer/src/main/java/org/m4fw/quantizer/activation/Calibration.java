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
 */
public record Calibration(CalibrationData data, Observer observer, Optional<Smoothing> smoothing) {
  /** Without smoothing. */
  public Calibration(CalibrationData data, Observer observer) {
    this(data, observer, Optional.empty());
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
