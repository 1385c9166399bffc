package org.m4fw.tests.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.m4fw.base.file.TemporaryDirectory;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.Overrides;
import org.m4fw.quantizer.PlanMaker;
import org.m4fw.quantizer.QuantizedCheckpoint;
import org.m4fw.quantizer.Scheme;
import org.m4fw.quantizer.WeightEncoder;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.kernel.ScaleChoice;

/**
 * Quantizing a model over and over in one process, in which everything is compiled after the first
 * time: into a checkpoint, which is forced onto the disk but hashes nothing, and into a store of
 * encoded weights, which hashes inputs and outputs. In turn.
 */
final class SteadyBenchmark {
  private static final int ROUNDS = 5;

  private SteadyBenchmark() {}

  /** Arguments: the checkpoint's directory. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Path.of(arguments[0]);
    long bytes = Files.size(directory.resolve("model.safetensors"));
    WeightEncoder encoder = new WeightEncoder(OrderedWork.onAllCores(), ScaleChoice.ABSMAX);
    Rounds checkpoints = new Rounds("int4 (absmax), steady", bytes);
    Rounds stores = new Rounds("the same into a store", bytes);
    try (Checkpoint checkpoint = Checkpoint.open(directory);
        TemporaryDirectory out = TemporaryDirectory.create()) {
      Model model = ModelImporter.importModel(checkpoint);
      var plan =
          PlanMaker.plan(
              model.weights().values(),
              Optional.of(Scheme.parse("scheme", "int4")),
              Overrides.none(),
              Optional.empty());
      Rounds.Action write =
          () ->
              QuantizedCheckpoint.write(
                  checkpoint,
                  model.weights().values(),
                  plan,
                  out.path().resolve("out"),
                  encoder,
                  Progress.silent());
      Rounds.Action store =
          () -> {
            try (WeightStore weights = WeightStore.temporary(encoder)) {
              for (Weight weight : model.weights().values()) {
                Encoding encoding =
                    Optional.ofNullable(plan.choices().get(weight.name())).orElseThrow().encoding();
                weights.encode(weight, encoding, Layout.CANONICAL);
              }
            }
          };
      write.run();
      store.run();
      for (int round = 0; round < ROUNDS; round++) {
        checkpoints.time(write);
        stores.time(store);
      }
    }
    stores.beside(checkpoints);
  }
}
