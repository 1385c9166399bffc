package org.m4fw.cli.inspect;

import java.util.Optional;
import org.m4fw.adapter.contract.EvaluationResult;
import org.m4fw.cli.adapter.PackageEvaluation;
import org.m4fw.cli.console.Amounts;
import org.m4fw.cli.console.Json;
import org.m4fw.signing.trust.Verifier;
import tools.jackson.databind.node.ObjectNode;

/** How well a package says that its adapter works, and whether that counts. */
public record EvaluationShown(String line, ObjectNode json) {

  /**
   * Says it.
   *
   * @param verifier for the signature of the statement; empty to leave it unchecked
   */
  public static EvaluationShown of(PackageEvaluation evaluation, Optional<Verifier> verifier) {
    EvaluationResult result = evaluation.result();
    Optional<String> distrust = verifier.flatMap(evaluation::distrust);
    String trust =
        verifier.isEmpty()
            ? "signature not checked"
            : distrust.map("not trusted: "::concat).orElse("signature trusted");
    ObjectNode json = Json.object().put("metric", result.metric());
    Json.put(json, "score", result.score());
    result.reference().ifPresent(value -> Json.put(json, "reference", value));
    json.put("lower_is_better", result.lowerIsBetter()).put("cases", result.cases());
    json.put("data", result.data().toString());
    result.build().ifPresent(build -> json.put("build", build.toString()));
    verifier.ifPresent(checker -> json.put("trusted", distrust.isEmpty()));
    distrust.ifPresent(why -> json.put("distrust", why));
    return new EvaluationShown(
        "evaluation: %s %s%s over %d cases; %s"
            .formatted(
                result.metric(),
                Amounts.decimal(result.score(), 4),
                result
                    .reference()
                    .map(value -> " (reference %s)".formatted(Amounts.decimal(value, 4)))
                    .orElse(""),
                result.cases(),
                trust),
        json);
  }
}
