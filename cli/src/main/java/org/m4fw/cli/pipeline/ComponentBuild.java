package org.m4fw.cli.pipeline;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.cli.answer.KnownAnswers;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.PackedWeights;

/**
 * A component with its graphs for all targets.
 *
 * @param key identifies its model and tokens, for what is measured with them
 * @param offers what adapters bind to; empty if nothing can be attached
 * @param packed the weights of all graphs, in the order of targets and parts
 * @param unquantized the quality of the model as it came, if the recipe names tokens
 */
record ComponentBuild(
    Recipe.Component recipe,
    Checkpoint checkpoint,
    Model model,
    String key,
    Optional<InterfaceRecord> offers,
    List<Made> targets,
    PackedWeights packed,
    Optional<Quality> unquantized) {
  ComponentBuild {
    targets = List.copyOf(targets);
  }

  /**
   * What was made for one target.
   *
   * @param quality of its graph as it runs here
   * @param answers what its graphs answer to known inputs; empty if they do not run here
   * @param time that making and measuring took
   */
  record Made(
      TargetModel model,
      Optional<Quality> quality,
      Optional<KnownAnswers> answers,
      Duration time) {}

  String name() {
    return recipe.name();
  }

  /** All graphs, in the order in which their weights are packed. */
  List<CompiledModel> graphs() {
    return targets.stream().flatMap(made -> made.model().parts().values().stream()).toList();
  }

  Optional<Path> tokenizer() {
    return checkpoint.file("tokenizer.json");
  }
}
