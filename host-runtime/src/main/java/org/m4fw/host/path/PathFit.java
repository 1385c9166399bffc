package org.m4fw.host.path;

import java.util.List;
import java.util.SequencedMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.m4fw.graph.importer.ProjectionImporter;
import org.m4fw.graph.ir.Graph;
import org.m4fw.graph.ir.Model;
import org.m4fw.graph.ir.Port;

/** Whether the components of a path can do what it asks of them, and fit each other. */
public final class PathFit {
  private final String file;
  private final String item;
  private final Function<String, Model> components;
  private final BiPredicate<String, String> files;

  private PathFit(
      String file,
      String item,
      Function<String, Model> components,
      BiPredicate<String, String> files) {
    this.file = file;
    this.item = item;
    this.components = components;
    this.files = files;
  }

  /**
   * Checks a path against the models of its components.
   *
   * @param file where the path is from, for messages
   * @param files whether a component's model comes with a file, relative to its directory
   * @throws org.m4fw.base.problem.ProblemException with {@link PathError#NO_PART}, {@link
   *     PathError#NO_FILE} or {@link PathError#WIDTH_DIFFERS}
   */
  public static void check(
      String file,
      ExecutionPath path,
      Function<String, Model> components,
      BiPredicate<String, String> files) {
    PathFit fit = new PathFit(file, "path " + path.name(), components, files);
    path.steps().forEach(fit::requireParts);
    path.steps().forEach(fit::requireFiles);
    if (path.injectsVectors()) {
      fit.projection(path);
    }
    if (path.kind() == PathKind.EMBEDDING_ONLY) {
      ExecutionPath.Step input = path.steps().getFirst();
      ExecutionPath.Step label = path.steps().getLast();
      fit.same(input, fit.embedded(input), label, fit.embedded(label));
    }
  }

  private void projection(ExecutionPath path) {
    ExecutionPath.Step project = path.step(Action.PROJECT).orElseThrow();
    ExecutionPath.Step backbone = path.step(Action.CONTINUE).orElseThrow();
    Graph graph = part(project, ProjectionImporter.PART);
    long in = lastDim(graph.inputs(), ProjectionImporter.INPUT);
    for (ExecutionPath.Step step : path.steps()) {
      if (step.action().embedsInput()) {
        same(step, embedded(step), project, in);
      }
    }
    long width = part(backbone, Model.DECODER).decoder().orElseThrow().width();
    same(project, lastDim(graph.outputs(), ProjectionImporter.OUTPUT), backbone, width);
  }

  private void same(ExecutionPath.Step from, long gives, ExecutionPath.Step to, long takes) {
    if (gives != takes) {
      throw PathError.WIDTH_DIFFERS.at(
          file, item + ": " + from.component(), gives, to.component(), takes);
    }
  }

  private long embedded(ExecutionPath.Step step) {
    String modality = step.action().modality();
    return lastDim(part(step, modality).outputs(), "out." + modality);
  }

  private void requireParts(ExecutionPath.Step step) {
    step.action().parts(false).forEach(part -> part(step, part));
    if (step.action() == Action.CONTINUE && part(step, Model.DECODER).decoder().isEmpty()) {
      throw noPart(step);
    }
  }

  private void requireFiles(ExecutionPath.Step step) {
    List<List<String>> choices = step.action().requiredFiles();
    boolean there =
        choices.stream()
            .anyMatch(
                choice -> choice.stream().allMatch(name -> files.test(step.component(), name)));
    if (!there) {
      throw PathError.NO_FILE.at(
          file,
          item + ": " + step.component(),
          step.action().text(),
          String.join(", ", choices.getLast()));
    }
  }

  private Graph part(ExecutionPath.Step step, String name) {
    Graph part = components.apply(step.component()).parts().get(name);
    if (part == null) {
      throw noPart(step);
    }
    return part;
  }

  private RuntimeException noPart(ExecutionPath.Step step) {
    SequencedMap<String, Graph> parts = components.apply(step.component()).parts();
    return PathError.NO_PART.at(
        file,
        item + ": " + step.component(),
        step.action().text(),
        String.join(", ", parts.keySet()));
  }

  private static long lastDim(List<Port> ports, String name) {
    return ports.stream()
        .filter(port -> port.name().equals(name))
        .map(port -> port.dims().getLast())
        .filter(Port.Dim.Fixed.class::isInstance)
        .mapToLong(dim -> ((Port.Dim.Fixed) dim).size())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no width of " + name + " in " + ports));
  }
}
