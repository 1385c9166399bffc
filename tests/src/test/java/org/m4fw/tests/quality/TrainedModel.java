package org.m4fw.tests.quality;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.adapter.Adapters;
import org.m4fw.adapter.OpenAdapter;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.Legalizer;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.OnnxCompiler;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.TokenFile;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.RoundToNearest;
import org.m4fw.quantizer.Rounding;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.kernel.ScaleChoice;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/** The trained model of the example, compiled and evaluated in any form. */
final class TrainedModel implements AutoCloseable {
  private static final Path KJV =
      Path.of(System.getProperty("m4fw.root", "..")).resolve("examples/kjv");

  /** Figures that PyTorch computed. */
  static final Path REFERENCE = KJV.resolve("eval/reference.json");

  private final Checkpoint checkpoint = Checkpoint.open(KJV.resolve("kjv-llama"));
  private final Graph graph = ModelImporter.importModel(checkpoint).part(Model.DECODER);
  private final WeightStore store = WeightStore.temporary(WeightEncoder.create());

  /** A figure of the reference, computed with PyTorch. */
  static double reference(String name) {
    Fields fields = StrictJson.readObject(REFERENCE);
    return fields.number(name);
  }

  CompiledModel compile(Optional<String> scheme, String targetId) {
    return compile(scheme, targetId, new RoundToNearest(ScaleChoice.SEARCH));
  }

  /** With linear layers rounded in some way. */
  private CompiledModel compile(Optional<String> scheme, String targetId, Rounding ofLayers) {
    Target target = Targets.find(targetId);
    WeightPlan plan =
        PlanMaker.plan(
            graph.weights().values(),
            scheme.map(id -> Scheme.parse("--scheme", id)),
            Overrides.none(),
            Optional.of(target));
    SortedMap<String, EncodedWeight> weights = new TreeMap<>();
    for (Weight weight : graph.weights().values()) {
      WeightPlan.Choice choice = plan.choices().get(weight.name());
      if (choice == null) {
        throw new AssertionError("no plan for " + weight.name());
      }
      Encoding encoding = choice.encoding();
      Layout layout = QuantizedGraph.layout(target, weight, encoding);
      weights.put(
          weight.name(),
          weight.role() == Weight.Role.LINEAR
              ? store.encode(weight, encoding, layout, ofLayers).weight()
              : store.encode(weight, encoding, layout).weight());
    }
    AdapterInputs inputs =
        targetId.equals("jetson-orin-nx") ? AdapterInputs.REQUIRED : AdapterInputs.OPTIONAL;
    return OnnxCompiler.compile(
        "backbone", new QuantizedGraph(Legalizer.legalize(graph, target, inputs), weights));
  }

  Decoder decoder(Optional<String> scheme, String target, Optional<RuntimeAdapter> adapter) {
    return Decoder.open(target, compile(scheme, target), adapter);
  }

  /** In blocks of 32, with linear layers rounded in some way. */
  Decoder rounded(Rounding ofLayers) {
    return Decoder.open("host", compile(Optional.of("int4"), "host", ofLayers), Optional.empty());
  }

  OpenAdapter licenceAdapter() {
    return Adapters.open(
        KJV.resolve("kjv-llama-licence-lora"), List.copyOf(graph.attachmentPoints()));
  }

  Evaluation evaluate(Decoder decoder, Optional<Decoder> reference, String tokens) {
    return Evaluation.of(
        decoder,
        reference,
        TokenFile.read(KJV.resolve("eval").resolve(tokens + ".json")),
        Progress.silent());
  }

  @Override
  public void close() {
    store.close();
    checkpoint.close();
  }
}
