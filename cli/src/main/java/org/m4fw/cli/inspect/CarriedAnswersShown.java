package org.m4fw.cli.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.adapter.answer.CarriedAnswers;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Json;
import tools.jackson.databind.node.ObjectNode;

/** How far a carried adapter answers as the one that it was made of, for people and programs. */
public final class CarriedAnswersShown {
  private CarriedAnswersShown() {}

  /** A line each for what was compared, or one that says that nothing was. */
  public static List<String> lines(Optional<CarriedAnswers> answers) {
    if (answers.isEmpty()) {
      return List.of("known answers: none of the package that it was made of to compare with");
    }
    CarriedAnswers found = answers.get();
    List<String> lines = new ArrayList<>();
    lines.add(line("old base, as it was", found.before(), found.cases()));
    found
        .unchanged()
        .ifPresent(score -> lines.add(line("new base, as it was", score, found.cases())));
    lines.add(line("new base, carried over", found.after(), found.cases()));
    return lines;
  }

  private static String line(String what, CarriedAnswers.Score score, int cases) {
    return "known answers, %s: KL %s nats, %d of %d the same"
        .formatted(what, Amounts.decimal(score.kl(), 6), score.same(), cases);
  }

  /** The same; no cases where nothing was compared. */
  public static ObjectNode json(Optional<CarriedAnswers> answers) {
    ObjectNode node = Json.object();
    node.put("cases", answers.map(CarriedAnswers::cases).orElse(0));
    answers.ifPresent(
        found -> {
          node.set("before", json(found.before()));
          found.unchanged().ifPresent(score -> node.set("unchanged", json(score)));
          node.set("after", json(found.after()));
        });
    return node;
  }

  private static ObjectNode json(CarriedAnswers.Score score) {
    return Json.object().put("kl", score.kl()).put("same", score.same());
  }
}
