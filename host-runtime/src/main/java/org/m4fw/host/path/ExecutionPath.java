package org.m4fw.host.path;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A way through the components of an image. File format: {@link PathJson}.
 *
 * @param name what an application asks for
 * @param steps in the order in which data pass them
 * @param prompt what the backbone is asked, or what the only generator gets
 * @param labelPrompt what is embedded for each label
 * @param slots what fills text slots that nobody else fills
 * @param labels the classes, where nobody names others
 * @param stop texts that end an answer
 * @param maxTokens the longest answer
 * @param denoisingSteps how often an image is denoised
 * @param adapter the id of the adapter in the image that the backbone runs with
 */
public record ExecutionPath(
    String name,
    PathKind kind,
    List<Step> steps,
    Template prompt,
    Template labelPrompt,
    SortedMap<String, String> slots,
    List<String> labels,
    List<String> stop,
    int maxTokens,
    int denoisingSteps,
    Optional<String> adapter) {
  /** The slot that a user's text fills. */
  public static final String TEXT = "text";

  /** The slot of a label's prompt that the label fills. */
  public static final String LABEL = "label";

  public ExecutionPath {
    steps = List.copyOf(steps);
    slots = Collections.unmodifiableSortedMap(new TreeMap<>(slots));
    labels = List.copyOf(labels);
    stop = List.copyOf(stop);
  }

  /** A component and what it does. */
  public record Step(String component, Action action) {}

  /** The step that does this, if there is one; no path does a thing twice. */
  public Optional<Step> step(Action action) {
    return steps.stream().filter(step -> step.action() == action).findFirst();
  }

  public boolean does(Action action) {
    return step(action).isPresent();
  }

  /** Whether the backbone gets vectors that are no tokens. */
  public boolean injectsVectors() {
    return does(Action.PROJECT);
  }

  /**
   * The same with another template: of the labels on a path that matches them, else of the prompt.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PathError} if it does not fit
   */
  ExecutionPath asking(Template template) {
    boolean matches = kind == PathKind.EMBEDDING_ONLY;
    ExecutionPath asking =
        new ExecutionPath(
            name,
            kind,
            steps,
            matches ? prompt : template,
            matches ? template : labelPrompt,
            slots,
            labels,
            stop,
            maxTokens,
            denoisingSteps,
            adapter);
    PathRules.check("", "--prompt", asking);
    return asking;
  }

  /** The components that are crossed, each once. */
  public List<String> components() {
    return steps.stream().map(Step::component).distinct().toList();
  }
}
