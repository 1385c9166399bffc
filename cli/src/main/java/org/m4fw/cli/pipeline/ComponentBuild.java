package org.m4fw.cli.pipeline;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.m4fw.adapter.contract.InterfaceRecord;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.Extent;
import org.m4fw.cli.answer.KnownAnswers;
import org.m4fw.cli.recipe.Recipe;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.PackedWeights;
import org.m4fw.graph.onnx.StoredForm;

/**
 * A component with its graphs for all targets.
 *
 * @param key identifies its model and tokens, for what is measured with them
 * @param offers what adapters bind to; empty if nothing can be attached
 * @param targets those that run graphs of ONNX
 * @param packed the weights of all graphs, in the order of targets and parts
 * @param unquantized the quality of the model as it came, if the recipe names tokens
 * @param lite its .tflite files
 * @param elsewhere what targets that run such files leave to others
 * @param forms of weights that are stored as such files want them, by where they are without
 */
record ComponentBuild(
    Recipe.Component recipe,
    Checkpoint checkpoint,
    Model model,
    String key,
    Optional<InterfaceRecord> offers,
    List<Made> targets,
    PackedWeights packed,
    Optional<Quality> unquantized,
    List<Lite> lite,
    List<Elsewhere> elsewhere,
    Map<Extent, StoredForm> forms) {
  ComponentBuild {
    targets = List.copyOf(targets);
    lite = List.copyOf(lite);
    elsewhere = List.copyOf(elsewhere);
    forms = Collections.unmodifiableMap(new LinkedHashMap<>(forms));
  }

  /**
   * The .tflite files for a target.
   *
   * @param heads the files without their weights, by part
   * @param time that making took
   */
  record Lite(LiteTargetModel model, SequencedMap<String, MemorySegment> heads, Duration time) {
    Lite {
      heads = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(heads));
    }
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

  /** All graphs of ONNX for targets. */
  List<CompiledModel> graphs() {
    return targets.stream().flatMap(made -> made.model().parts().values().stream()).toList();
  }

  /** The names of its parts, in the order in which they run. */
  List<String> parts() {
    return targets.isEmpty()
        ? lite.getFirst().model().parts().stream().map(LiteTargetModel.Part::name).toList()
        : List.copyOf(targets.getFirst().model().parts().keySet());
  }

  /** The targets that there is something for. */
  List<String> targetIds() {
    return Stream.concat(
            targets.stream().map(made -> made.model().target().id()),
            lite.stream().map(files -> files.model().target().id()))
        .toList();
  }

  Optional<Path> tokenizer() {
    return checkpoint.file("tokenizer.json");
  }
}
