package org.m4fw.cli.command;

import java.util.List;
import org.m4fw.cli.console.Console;
import org.m4fw.cli.inspect.Examination;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Inspector;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The known-answer tests of an image, as commands tell about them. */
final class KnownAnswerRun {
  private KnownAnswerRun() {}

  /**
   * Runs them, and says what has none.
   *
   * @throws org.m4fw.base.problem.ProblemException if one fails
   */
  static List<Inspector.Trial> of(Console console, ImageFile image) {
    List<Inspector.Trial> trials = Examination.run(image);
    if (trials.stream().noneMatch(Inspector.Trial::tried)) {
      console.notice(image.path() + " has no known answers: nothing of it was run");
      return trials;
    }
    trials.stream()
        .filter(trial -> !trial.tried())
        .forEach(trial -> console.notice(trial.section() + ": " + trial.message()));
    return trials;
  }

  /** What was run and what could not be, for {@code --json}. */
  static void put(ObjectNode report, List<Inspector.Trial> trials) {
    ArrayNode run = report.putArray("known_answers");
    trials.stream()
        .filter(Inspector.Trial::tried)
        .forEach(
            trial ->
                run.addObject().put("section", trial.section()).put("result", trial.message()));
    ArrayNode without = report.putArray("without_known_answers");
    trials.stream().filter(trial -> !trial.tried()).forEach(trial -> without.add(trial.section()));
  }
}
