package org.m4fw.cli.estimate;

import java.util.List;
import org.m4fw.graph.ir.Model;
import org.m4fw.host.path.Action;
import org.m4fw.host.path.ExecutionPath;

/**
 * What of a path decides about its time.
 *
 * @param steps in the order in which they run
 * @param denoisingSteps how often an image is denoised
 */
record Route(String name, List<ExecutionPath.Step> steps, int denoisingSteps) {
  Route {
    steps = List.copyOf(steps);
  }

  static Route of(ExecutionPath path) {
    return new Route(path.name(), path.steps(), path.denoisingSteps());
  }

  /** A language model that continues a text. */
  static Route continuing(String component) {
    return new Route(Model.DECODER, List.of(new ExecutionPath.Step(component, Action.CONTINUE)), 1);
  }

  /** The components that are crossed, each once. */
  List<String> components() {
    return steps.stream().map(ExecutionPath.Step::component).distinct().toList();
  }
}
