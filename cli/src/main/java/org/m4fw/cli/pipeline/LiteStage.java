package org.m4fw.cli.pipeline;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.Function;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.graph.fixed.FixedError;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.PackedWeights;
import org.m4fw.graph.tflite.LiteError;
import org.m4fw.graph.tflite.LiteWriter;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.activation.ActivationError;
import org.m4fw.targets.Target;

/**
 * Takes a component to .tflite files for those targets of a recipe that run them. What has no form
 * there stays with the target's host, and is said to.
 */
final class LiteStage {
  private final Recipe recipe;
  private final WeightStore weights;
  private final Resources resources;
  private final Progress progress;
  private final InstantSource clock = InstantSource.system();

  LiteStage(Recipe recipe, WeightStore weights, Resources resources, Progress progress) {
    this.recipe = recipe;
    this.weights = weights;
    this.resources = resources;
    this.progress = progress;
  }

  /**
   * What was made.
   *
   * @param models a target's files, and how long they took
   * @param elsewhere what is left to hosts
   * @param forms in which all targets read the weights
   */
  record Result(
      SequencedMap<LiteTargetModel, Duration> models,
      List<Elsewhere> elsewhere,
      SharedForms forms) {
    /** The targets that have to have a graph because others leave something to them. */
    List<String> hosts() {
      return elsewhere.stream().map(Elsewhere::host).distinct().toList();
    }
  }

  /** Makes the files for those targets that run .tflite files. */
  Result make(
      Recipe.Component component,
      Model model,
      List<Target> targets,
      Function<Target, TargetModel.Quantization> quantization) {
    List<Elsewhere> elsewhere = new ArrayList<>();
    SequencedMap<LiteTargetModel, Duration> made = new LinkedHashMap<>();
    for (Target target : targets.stream().filter(LiteTargetModel::isFor).toList()) {
      long begun = clock.millis();
      make(component, model, target, quantization.apply(target), elsewhere)
          .ifPresent(files -> made.put(files, Duration.ofMillis(clock.millis() - begun)));
    }
    SharedForms forms = SharedForms.of(component.name(), List.copyOf(made.keySet()), resources);
    SequencedMap<LiteTargetModel, Duration> reading = new LinkedHashMap<>();
    made.forEach((files, time) -> reading.put(forms.apply(files), time));
    return new Result(reading, elsewhere, forms);
  }

  private Optional<LiteTargetModel> make(
      Recipe.Component component,
      Model model,
      Target target,
      TargetModel.Quantization quantization,
      List<Elsewhere> elsewhere) {
    String host =
        target
            .runtime()
            .host()
            .orElseThrow(() -> PipelineError.NO_HOST.at(component.name(), "", target.id()));
    if (component.onHost().contains(target.id())) {
      elsewhere.add(new Elsewhere(target.id(), Optional.empty(), host, "the recipe says so"));
      return Optional.empty();
    }
    if (target.activations().isPresent() && quantization.ranges().isEmpty()) {
      throw PipelineError.NO_RANGES.at(
          recipe.file(), component.name() + ".calibration", target.id());
    }
    try {
      // An image has no place for a part that runs between two of a device: the whole is the
      // host's.
      LiteTargetModel files =
          LiteTargetModel.make(
              component.name(),
              model.withStages(Optional.empty()),
              target,
              quantization,
              new LiteSizes(component.sizes(), OptionalInt.empty()),
              weights,
              progress);
      leftOut(model, files, elsewhere);
      return Optional.of(files);
    } catch (ProblemException e) {
      Problem problem = e.problem();
      if (!hasNoForm(problem)) {
        throw e;
      }
      progress.warn(
          "%s for %s stays on %s: %s"
              .formatted(component.name(), target.id(), host, problem.text()));
      elsewhere.add(new Elsewhere(target.id(), Optional.empty(), host, problem.message()));
      return Optional.empty();
    }
  }

  /** Whether it is the device that lacks something, not the recipe or its files. */
  private static boolean hasNoForm(Problem problem) {
    return problem.code() == FixedError.DATA_DEPENDENT
        || problem.code() == LiteError.NO_EQUIVALENT
        || problem.code() == LiteError.NOT_WHOLE
        || problem.code() == ActivationError.NO_WHOLE_FORM
        || problem.code() == ActivationError.BELOW_BOUND;
  }

  private static void leftOut(Model model, LiteTargetModel files, List<Elsewhere> elsewhere) {
    List<String> made = files.parts().stream().map(LiteTargetModel.Part::name).toList();
    for (String part : model.parts().keySet()) {
      if (!made.contains(part)) {
        elsewhere.add(
            new Elsewhere(
                files.target().id(),
                Optional.of(part),
                files.host().id(),
                part.equals(Model.EMBEDDING)
                    ? "looking tokens up is the host's"
                    : "the calibration data have no inputs for it"));
      }
    }
  }

  /**
   * The files without their weights, by part.
   *
   * @param packed where the weights lie behind them
   */
  SequencedMap<String, MemorySegment> heads(LiteTargetModel model, PackedWeights packed) {
    SequencedMap<String, MemorySegment> heads = new LinkedHashMap<>();
    for (LiteTargetModel.Part part : model.parts()) {
      OutputFile file =
          OutputFile.scratch("%s.%s.head".formatted(part.name(), model.target().id()));
      resources.add(file::close);
      LiteWriter.appendHead(part.file(), file, extent -> packed.placement(extent, "").offset());
      MappedFile mapped = MappedFile.open(file.temporaryPath());
      resources.add(mapped::close);
      heads.put(part.name(), mapped.segment());
    }
    return heads;
  }
}
