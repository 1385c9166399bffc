package org.m4fw.host.path;

import java.util.HashSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;

/** What a path has to be, so that it goes the way of its kind. */
final class PathRules {
  private static final String FRONT = "(embed-image |embed-audio |embed-imu |transcribe )";
  private static final String END = "(speak |draw )?";

  private final String file;
  private final String item;
  private final ExecutionPath path;

  private PathRules(String file, String item, ExecutionPath path) {
    this.file = file;
    this.item = item;
    this.path = path;
  }

  /**
   * Checks a path by itself.
   *
   * @param item where it is in the file
   * @throws org.m4fw.base.problem.ProblemException with a {@link PathError}
   */
  static void check(String file, String item, ExecutionPath path) {
    PathRules rules = new PathRules(file, item, path);
    rules.order();
    rules.prompt();
    rules.labels();
    rules.limits();
  }

  private void order() {
    String order =
        path.steps().stream().map(step -> step.action().text() + " ").collect(Collectors.joining());
    boolean embeds = path.steps().stream().anyMatch(step -> step.action().embedsInput());
    boolean fits =
        switch (path.kind()) {
          case THROUGH_ALL ->
              order.matches(FRONT + "+(project )?continue " + END)
                  && embeds == path.injectsVectors();
          case FROM_BACKBONE -> order.matches("continue " + END);
          case EMBEDDING_ONLY -> order.matches("embed-(image|audio|imu) embed-label ");
          case GENERATOR_ONLY -> order.matches("speak |draw ");
        };
    Set<Action> once = new HashSet<>();
    fits &= path.steps().stream().allMatch(step -> once.add(step.action()));
    if (!fits) {
      throw PathError.KIND_DEMANDS.at(
          file, at("components"), path.kind().number(), demand(), order.strip());
    }
  }

  private String demand() {
    return switch (path.kind()) {
      case THROUGH_ALL ->
          "embed-image, embed-audio, embed-imu or transcribe, then project (if it embeds),"
              + " continue, and perhaps speak or draw";
      case FROM_BACKBONE -> "continue, and perhaps speak or draw";
      case EMBEDDING_ONLY -> "embed-image, embed-audio or embed-imu, then embed-label";
      case GENERATOR_ONLY -> "speak or draw";
    };
  }

  private void prompt() {
    if (path.kind() == PathKind.EMBEDDING_ONLY) {
      if (!path.prompt().pieces().isEmpty()) {
        throw PathError.NOT_OF_THIS_KIND.at(file, at("prompt"), path.kind().number());
      }
      return;
    }
    SortedSet<String> slots = path.prompt().slots();
    for (Action action : Action.values()) {
      String slot = action.slot();
      if (!slot.isEmpty() && path.does(action) && !slots.contains(slot)) {
        throw PathError.SLOT_MISSING.at(file, at("prompt"), slot, action.text());
      }
      if (!slot.isEmpty() && !path.does(action) && slots.contains(slot)) {
        throw PathError.SLOT_NOT_FILLED_BY.at(file, at("prompt"), slot);
      }
    }
  }

  private void labels() {
    if (path.kind() != PathKind.EMBEDDING_ONLY) {
      return;
    }
    SortedSet<String> slots = path.labelPrompt().slots();
    if (!slots.contains(ExecutionPath.LABEL)) {
      throw PathError.SLOT_MISSING.at(
          file, at("label_prompt"), ExecutionPath.LABEL, Action.EMBED_LABEL.text());
    }
    for (Action action : Action.values()) {
      if (!action.slot().isEmpty() && slots.contains(action.slot())) {
        throw PathError.VECTOR_SLOT.at(file, at("label_prompt"), action.slot());
      }
    }
  }

  private void limits() {
    if (path.adapter().isPresent() && !path.kind().hasBackbone()) {
      throw PathError.NOT_OF_THIS_KIND.at(file, at("adapter"), path.kind().number());
    }
  }

  private String at(String field) {
    return item.isEmpty() ? field : item + "." + field;
  }
}
