package org.m4fw.quantizer.budget;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.progress.Progress;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;
import org.m4fw.host.TokenFile;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/**
 * What a language model's predictions lose where one weight alone is quantized: the divergence is
 * measured for one encoding of each weight, and taken to grow with the squared error of the layer's
 * output in the others.
 */
final class PredictionLoss implements Sensitivity {
  /** What each weight is tried in. */
  private static final Encoding PROBE = new Encoding.Int4Blocks(64);

  /** Enough to tell weights from each other, as all are tried on the same tokens. */
  private static final int TOKENS = 1024;

  /** Of larger models each weight would take minutes. */
  private static final long MOST_PARAMETERS = 200_000_000;

  private final Sensitivity outputs;
  private final Map<String, Double> divergences;

  private PredictionLoss(Sensitivity outputs, Map<String, Double> divergences) {
    this.outputs = outputs;
    this.divergences = divergences;
  }

  /** Whether it can be measured in reasonable time. */
  static boolean suits(Model model, Optional<TokenFile> tokens) {
    Graph decoder = model.parts().get(Model.DECODER);
    return decoder != null
        && decoder.decoder().isPresent()
        && model.parts().size() == 1
        && tokens.isPresent()
        && decoder.parameters() <= MOST_PARAMETERS;
  }

  /**
   * Measures.
   *
   * @param outputs the errors of the layers' outputs
   */
  static Sensitivity measure(
      String name,
      Model model,
      TokenFile tokens,
      Sensitivity outputs,
      WeightStore store,
      Progress progress) {
    Trial trial = new Trial(name, model.part(Model.DECODER), few(tokens), store);
    Map<String, Double> divergences = new HashMap<>();
    var weights =
        model.weights().values().stream()
            .filter(weight -> weight.role() == Weight.Role.LINEAR && weight.shape().rank() == 2)
            .filter(weight -> weight.source() instanceof Weight.Source.Stored)
            .toList();
    try (Progress.Stage stage = progress.steps("measure layers of " + name, weights.size());
        Decoder reference = trial.open(Optional.empty())) {
      for (Weight weight : weights) {
        divergences.put(weight.name(), trial.divergence(weight, reference));
        stage.advance(1);
      }
    }
    return new PredictionLoss(outputs, divergences);
  }

  private static TokenFile few(TokenFile tokens) {
    int windows = Math.clamp(TOKENS / tokens.window(), 1, tokens.windows());
    return new TokenFile(
        tokens.file(), tokens.window(), Arrays.copyOf(tokens.ids(), windows * tokens.window()));
  }

  @Override
  public String describe() {
    return "the divergence of predictions when it is quantized, " + outputs.describe();
  }

  @Override
  public double loss(Weight weight, Encoding encoding) {
    double probe = outputs.loss(weight, PROBE);
    Double divergence = divergences.get(weight.name());
    if (divergence == null || probe == 0) {
      return outputs.loss(weight, encoding);
    }
    return Math.max(0, divergence) * outputs.loss(weight, encoding) / probe;
  }

  /** The model with one weight in another encoding. */
  private static final class Trial {
    private final Target host = Targets.find("host");
    private final String name;
    private final TargetGraph graph;
    private final TokenFile tokens;
    private final WeightStore store;
    private final SortedMap<String, EncodedWeight> originals = new TreeMap<>();

    Trial(String name, Graph decoder, TokenFile tokens, WeightStore store) {
      this.name = name;
      this.graph = Legalizer.legalize(decoder, host, AdapterInputs.NONE);
      this.tokens = tokens;
      this.store = store;
      for (Weight weight : graph.graph().weights().values()) {
        originals.put(weight.name(), encode(weight, WeightStore.comesAs(weight)));
      }
    }

    private EncodedWeight encode(Weight weight, Encoding encoding) {
      return store.encode(weight, encoding, QuantizedGraph.layout(host, weight, encoding)).weight();
    }

    Decoder open(Optional<EncodedWeight> changed) {
      SortedMap<String, EncodedWeight> weights = new TreeMap<>(originals);
      changed.ifPresent(weight -> weights.put(weight.weight().name(), weight));
      CompiledModel compiled = OnnxCompiler.compile(name, new QuantizedGraph(graph, weights));
      return Decoder.open(name, compiled, Optional.empty());
    }

    double divergence(Weight weight, Decoder reference) {
      try (Decoder decoder = open(Optional.of(encode(weight, PROBE)))) {
        return Evaluation.of(decoder, Optional.of(reference), tokens, Progress.silent())
            .comparison()
            .orElseThrow()
            .kl();
      }
    }
  }
}
