package org.m4fw.tests.lite;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Tensor;
import org.m4fw.cli.pipeline.LiteCalibration;
import org.m4fw.cli.pipeline.LiteTargetModel;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.EncodedWeight;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.legalize.AdapterInputs;
import org.m4fw.graph.legalize.QuantizedGraph;
import org.m4fw.graph.legalize.TargetGraph;
import org.m4fw.graph.tflite.LiteCompiler;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.activation.Calibration;
import org.m4fw.quantizer.activation.Observer;
import org.m4fw.quantizer.calibration.CalibrationData;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/** The parts of a model for the TPU, at the sizes of calibration data, and these. */
final class WholeModel implements AutoCloseable {
  private final Checkpoint checkpoint;
  private final CalibrationData data;
  private final WeightStore store;
  private final Arena arena = Arena.ofShared();
  private final List<Part> parts = new ArrayList<>();

  /**
   * A part.
   *
   * @param exact the same operations in floating point
   */
  record Part(
      String name, LiteModel whole, LiteModel exact, List<SortedMap<String, Tensor>> samples) {}

  WholeModel(Path model, Path calibration, Observer observer) {
    this.checkpoint = Checkpoint.open(model);
    this.data = CalibrationData.open(calibration);
    this.store = WeightStore.temporary(WeightEncoder.create());
    Target tpu = Targets.find("pixel7pro-tpu");
    Model imported = ModelImporter.importModel(checkpoint).inStages();
    SequencedMap<String, TargetGraph> graphs =
        LiteTargetModel.legalized(imported, tpu, Targets.find("host"), AdapterInputs.NONE);
    SortedMap<String, EncodedWeight> plain = encoded(imported, Optional.empty(), tpu);
    SortedMap<String, EncodedWeight> eight =
        encoded(imported, Optional.of(new Scheme(new Encoding.Int8PerChannel())), tpu);
    LiteCalibration.measure(
            model.toString(),
            graphs,
            plain,
            eight,
            new Calibration(data, observer),
            new TreeMap<>(),
            Progress.silent(),
            arena)
        .forEach(
            (name, measured) -> {
              SequencedMap<String, org.m4fw.graph.fixed.FixedGraph> graph =
                  new LinkedHashMap<>(Map.of("main", measured.device()));
              parts.add(
                  new Part(
                      name,
                      LiteCompiler.compile(name, graph, eight, measured.numbers().plan()),
                      LiteCompiler.compile(name, graph, plain),
                      measured.samples()));
            });
  }

  List<Part> parts() {
    return parts;
  }

  private SortedMap<String, EncodedWeight> encoded(
      Model model, Optional<Scheme> scheme, Target target) {
    SortedMap<String, EncodedWeight> encoded = new TreeMap<>();
    PlanMaker.plan(model.weights().values(), scheme, Overrides.none(), Optional.of(target))
        .choices()
        .forEach(
            (name, choice) -> {
              Weight weight = requireNonNull(model.weights().get(name));
              encoded.put(
                  name,
                  store
                      .encode(
                          weight,
                          choice.encoding(),
                          QuantizedGraph.layout(target, weight, choice.encoding()))
                      .weight());
            });
    return encoded;
  }

  @Override
  public void close() {
    arena.close();
    store.close();
    data.close();
    checkpoint.close();
  }
}
