package org.m4fw.cli.pipeline;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.m4fw.adapter.contract.InterfaceDifference;
import org.m4fw.adapter.contract.InterfaceJson;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.adapter.contract.SemanticVersion;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Extent;
import org.m4fw.cli.answer.KnownAnswers;
import org.m4fw.cli.recipe.Lock;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.graph.importer.ImportOptions;
import org.m4fw.graph.importer.ModelImporter;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.PackedWeights;
import org.m4fw.graph.pass.EmbeddingSplit;
import org.m4fw.host.Decoder;
import org.m4fw.host.Evaluation;
import org.m4fw.host.RuntimeAdapter;
import org.m4fw.host.TokenFile;
import org.m4fw.host.path.Action;
import org.m4fw.host.path.ExecutionPath;
import org.m4fw.quantizer.WeightStore;
import org.m4fw.quantizer.activation.Observer;
import org.m4fw.targets.Target;
import org.m4fw.targets.Targets;

/** Takes each component of a recipe to graphs for all targets, and measures them. */
final class ComponentStage {
  private final Recipe recipe;
  private final Lock lock;
  private final WeightStore weights;
  private final EvaluationStore evaluations;
  private final Resources resources;
  private final Progress progress;
  private final InstantSource clock = InstantSource.system();

  ComponentStage(
      Recipe recipe,
      Lock lock,
      WeightStore weights,
      EvaluationStore evaluations,
      Resources resources,
      Progress progress) {
    this.recipe = recipe;
    this.lock = lock;
    this.weights = weights;
    this.evaluations = evaluations;
    this.resources = resources;
    this.progress = progress;
  }

  /** The component, its checkpoint open until the build is over. */
  ComponentBuild make(Recipe.Component component) {
    Checkpoint checkpoint = Checkpoint.open(component.model());
    resources.add(checkpoint::close);
    checkpoint.notes().forEach(progress::warn);
    Model model = ModelImporter.importModel(checkpoint, options(component));
    String key = key(component);
    Optional<TokenFile> tokens = component.evaluation().map(TokenFile::read);
    Supplier<CompiledModel> unquantized = once(() -> unquantized(component, model));
    Optional<Quality> before =
        tokens.map(
            t ->
                evaluations.get(
                    List.of(key, "unquantized"),
                    () ->
                        measure(
                            component.name() + " unquantized",
                            unquantized.get(),
                            Optional.empty(),
                            t)));
    List<ComponentBuild.Made> made = new ArrayList<>();
    Model delivered =
        getsVectors(component) ? EmbeddingSplit.beside(component.name(), model) : model;
    TargetModel.Quantization quantization = quantization(component);
    Optional<Observer> observer = observer(component);
    List<Target> targets = recipe.targets().stream().map(Targets::find).toList();
    LiteStage stage = new LiteStage(recipe, weights, resources, progress);
    LiteStage.Result lite =
        stage.make(component, delivered, targets, t -> wanted(t, quantization, observer));
    for (Target target : graphs(targets, lite.hosts())) {
      TargetModel.Quantization wanted = wanted(target, quantization, observer);
      made.add(make(component, delivered, target, wanted, lite.forms(), key, unquantized, tokens));
    }
    PackedWeights packed = PackedWeights.ofExtents(extents(made, lite.models().keySet()));
    List<ComponentBuild.Lite> files = new ArrayList<>();
    lite.models()
        .forEach(
            (ready, time) ->
                files.add(new ComponentBuild.Lite(ready, stage.heads(ready, packed), time)));
    return new ComponentBuild(
        component,
        checkpoint,
        model,
        key,
        offers(component, checkpoint, delivered, slots(made)),
        made,
        packed,
        before,
        files,
        lite.elsewhere(),
        lite.forms().byOrigin());
  }

  private static TargetModel.Quantization wanted(
      Target target, TargetModel.Quantization asked, Optional<Observer> observer) {
    return asked.with(ComponentQuantization.observer(target, observer));
  }

  /** The targets that run graphs of ONNX, and those that others leave something to. */
  private static List<Target> graphs(List<Target> targets, List<String> hosts) {
    List<Target> graphs =
        new ArrayList<>(targets.stream().filter(target -> !LiteTargetModel.isFor(target)).toList());
    hosts.stream()
        .filter(host -> graphs.stream().noneMatch(target -> target.id().equals(host)))
        .map(Targets::find)
        .forEach(graphs::add);
    return graphs;
  }

  /** What all graphs read, in the order of targets. */
  private static List<Extent> extents(
      List<ComponentBuild.Made> made, Collection<LiteTargetModel> lite) {
    List<Extent> extents = new ArrayList<>();
    made.forEach(
        target ->
            target.model().parts().values().forEach(graph -> extents.addAll(graph.extents())));
    lite.forEach(model -> extents.addAll(model.extents()));
    return extents;
  }

  private ImportOptions options(Recipe.Component component) {
    return new ImportOptions(
        recipe.file().toString(),
        component.name(),
        new TreeSet<>(component.parts()),
        component.options());
  }

  /** Whether a path hands it vectors in the place of tokens. */
  private boolean getsVectors(Recipe.Component component) {
    return recipe.paths().stream()
        .filter(ExecutionPath::injectsVectors)
        .flatMap(path -> path.step(Action.CONTINUE).stream())
        .anyMatch(step -> step.component().equals(component.name()));
  }

  private ComponentBuild.Made make(
      Recipe.Component component,
      Model model,
      Target target,
      TargetModel.Quantization quantization,
      SharedForms forms,
      String key,
      Supplier<CompiledModel> unquantized,
      Optional<TokenFile> tokens) {
    long begun = clock.millis();
    TargetModel made =
        forms.apply(
            TargetModel.make(component.name(), model, target, quantization, weights, progress));
    Optional<Quality> quality =
        tokens.flatMap(
            t ->
                quality(
                    component.name(), made, key, Optional.of(unquantized), Optional.empty(), t));
    Optional<KnownAnswers> answers = answers(component.name(), model, made);
    return new ComponentBuild.Made(
        made, quality, answers, Duration.ofMillis(clock.millis() - begun));
  }

  /**
   * The quality of a target's graph as it runs here. A graph that cannot be run here is no reason
   * to stop: it was made for another machine.
   */
  Optional<Quality> quality(
      String name,
      TargetModel model,
      String key,
      Optional<Supplier<CompiledModel>> reference,
      Optional<RuntimeAdapter> adapter,
      TokenFile tokens) {
    CompiledModel decoder = model.parts().get(Model.DECODER);
    if (decoder == null || decoder.facts().decoder().isEmpty() || decoder.hasMemory()) {
      return Optional.empty();
    }
    String label = "%s for %s".formatted(name, model.target().id());
    try {
      return Optional.of(
          evaluations.get(
              List.of(key, describe(model.target())),
              () -> {
                if (reference.isEmpty()) {
                  return measure(label, decoder, adapter, tokens);
                }
                try (Decoder right = open(name, reference.get().get(), Optional.empty());
                    Decoder left = open(label, decoder, adapter)) {
                  return Quality.of(Evaluation.of(left, Optional.of(right), tokens, progress));
                }
              }));
    } catch (ProblemException e) {
      progress.warn("%s cannot be measured here: %s".formatted(label, e.problem().text()));
      return Optional.empty();
    }
  }

  /** As with {@link #quality}, a graph that does not run here has none. */
  private Optional<KnownAnswers> answers(String name, Model model, TargetModel made) {
    String label = "%s for %s".formatted(name, made.target().id());
    try {
      Optional<KnownAnswers> answers = KnownAnswers.ask(label, model, made.parts());
      if (answers.isEmpty()) {
        progress.warn(label + " has no known answers: nothing that could be compared comes out");
      }
      return answers;
    } catch (ProblemException e) {
      progress.warn("%s has no known answers: %s".formatted(label, e.problem().text()));
      return Optional.empty();
    }
  }

  private Quality measure(
      String label, CompiledModel model, Optional<RuntimeAdapter> adapter, TokenFile tokens) {
    try (Decoder decoder = open(label, model, adapter)) {
      return Quality.of(Evaluation.of(decoder, Optional.empty(), tokens, progress));
    }
  }

  private static Decoder open(String label, CompiledModel model, Optional<RuntimeAdapter> adapter) {
    return Decoder.open(label, model, adapter);
  }

  private CompiledModel unquantized(Recipe.Component component, Model model) {
    CompiledModel decoder =
        TargetModel.make(
                component.name(),
                model,
                Targets.find("host"),
                TargetModel.Quantization.of(Optional.empty()),
                weights,
                progress)
            .parts()
            .get(Model.DECODER);
    if (decoder == null) {
      throw new IllegalStateException("a model without a decoder has no tokens to predict");
    }
    return decoder;
  }

  private TargetModel.Quantization quantization(Recipe.Component component) {
    return ComponentQuantization.of(recipe.file().toString(), component, resources);
  }

  private Optional<Observer> observer(Recipe.Component component) {
    return component
        .rounding()
        .observer()
        .map(id -> Observer.parse(recipe.file().toString(), component.name() + ".observer", id));
  }

  /** What a measurement of the component depends on, apart from target and tool. */
  private String key(Recipe.Component component) {
    return String.join(
        "\n",
        String.valueOf(lock.inputs().get(InputCheck.COMPONENT + component.name())),
        String.valueOf(lock.inputs().get("tokens of " + component.name())),
        String.valueOf(lock.inputs().get(InputCheck.CALIBRATION + component.name())),
        component.parts().toString(),
        component.options().toString(),
        component.scheme(),
        component.overrides().toString(),
        component.rounding().method(),
        component.rounding().smooth().toString(),
        component.rounding().observer().toString(),
        component.rounding().minSqnr().toString(),
        component.rounding().bits().toString(),
        component.rounding().budget().toString());
  }

  private static String describe(Target target) {
    return target.id()
        + " "
        + target.runtime()
        + " "
        + target.encodings()
        + " "
        + target.operators();
  }

  /** The weights that can be replaced in the graphs of some target. */
  private static Set<String> slots(List<ComponentBuild.Made> made) {
    Set<String> slots = new TreeSet<>();
    made.stream()
        .flatMap(target -> target.model().parts().values().stream())
        .forEach(graph -> slots.addAll(graph.weightSlots().keySet()));
    return slots;
  }

  private Optional<InterfaceRecord> offers(
      Recipe.Component component, Checkpoint checkpoint, Model model, Set<String> slots) {
    Recipe.Interface wanted = component.offers();
    SemanticVersion version =
        SemanticVersion.parse(wanted.version())
            .orElseThrow(
                () ->
                    PipelineError.BAD_INTERFACE_VERSION.at(
                        recipe.file(), component.name() + ".interface.version", wanted.version()));
    Optional<InterfaceRecord> offered =
        InterfaceSource.of(checkpoint, model, wanted.id(), version, slots::contains);
    offered.ifPresent(record -> requireVersion(component, record));
    return offered;
  }

  /** Adapters are never broken unsaid. */
  private void requireVersion(Recipe.Component component, InterfaceRecord offered) {
    if (component.offers().released().isEmpty()) {
      return;
    }
    InterfaceRecord released = InterfaceJson.read(component.offers().released().get());
    InterfaceDifference difference = InterfaceDifference.between(released, offered);
    if (!difference.versionSuffices()) {
      InterfaceDifference.Change change = difference.changes().getFirst();
      throw PipelineError.INTERFACE_BROKEN.at(
          recipe.file(),
          component.name() + ".interface.version",
          change.kind().code() + (change.item().isEmpty() ? "" : " " + change.item()),
          released.version(),
          offered.version(),
          difference.level().id(),
          difference.requiredVersion());
    }
  }

  private static <T> Supplier<T> once(Supplier<T> make) {
    return new Supplier<>() {
      private Optional<T> made = Optional.empty();

      @Override
      public T get() {
        if (made.isEmpty()) {
          made = Optional.of(make.get());
        }
        return made.get();
      }
    };
  }
}
