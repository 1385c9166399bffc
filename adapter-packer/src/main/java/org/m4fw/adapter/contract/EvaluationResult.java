package org.m4fw.adapter.contract;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import tools.jackson.databind.JsonNode;

/**
 * How well an adapter does, as the body of a signed statement whose subject is the section of the
 * package that holds its weights: the same however the package is bound.
 *
 * <pre>
 * {"build": "sha256:…",               the image that it was measured on; left out for a checkpoint
 *  "cases": 1000,
 *  "data": "sha256:…",                the file of questions or tokens
 *  "lower_is_better": false,
 *  "metric": "accuracy",
 *  "reference": "0.94",               the same on the unquantized base; left out without that
 *  "score": "0.93"}
 * </pre>
 *
 * @param cases how many answers or predictions the score is over
 */
public record EvaluationResult(
    String metric,
    boolean lowerIsBetter,
    double score,
    long cases,
    Digest data,
    Optional<Double> reference,
    Optional<Digest> build) {

  /** The statement's body. */
  public JsonNode body() {
    SortedMap<String, Object> fields = new TreeMap<>();
    build.ifPresent(digest -> fields.put("build", digest.toString()));
    fields.put("cases", cases);
    fields.put("data", data.toString());
    fields.put("lower_is_better", lowerIsBetter);
    fields.put("metric", metric);
    reference.ifPresent(value -> fields.putAll(Decimals.field("reference", value)));
    fields.putAll(Decimals.field("score", score));
    return CanonicalJson.node(fields);
  }

  /**
   * Reads a body.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link ContractError#BAD_STATEMENT} or an
   *     error of the JSON
   */
  public static EvaluationResult read(Fields body) {
    body.allowOnly("build", "cases", "data", "lower_is_better", "metric", "reference", "score");
    String metric = body.string("metric");
    if (!metric.matches("[a-z0-9][a-z0-9@-]{0,31}")) {
      throw ContractError.BAD_STATEMENT.at(body.file(), "metric", metric, "the name of a metric");
    }
    return new EvaluationResult(
        metric,
        body.bool("lower_is_better", false),
        Decimals.read(body, "score"),
        body.integer("cases", 1, Long.MAX_VALUE),
        digest(body, "data", body.string("data")),
        body.has("reference") ? Optional.of(Decimals.read(body, "reference")) : Optional.empty(),
        body.optionalString("build").map(text -> digest(body, "build", text)));
  }

  private static Digest digest(Fields body, String name, String text) {
    if (!text.matches("sha256:[0-9a-f]{64}")) {
      throw ContractError.BAD_STATEMENT.at(body.file(), name, text, "sha256:…");
    }
    return Digest.parse(text);
  }
}
