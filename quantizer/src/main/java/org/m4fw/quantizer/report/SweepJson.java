package org.m4fw.quantizer.report;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A sweep as a JSON document, the same bytes for the same figures:
 *
 * <pre>
 * {"version": 1, "model",
 *  "attempts": [{"way", "method", "bytes_before", "bytes_after", "bits_per_weight", "sqnr_db"?,
 *                "predictions": {as in the report of a model}?,
 *                "outputs": [as there]}, …]}
 * </pre>
 *
 * {@code sqnr_db} is that of all weights that were quantized.
 */
public final class SweepJson {
  private SweepJson() {}

  /** The document. */
  public static ObjectNode node(SweepReport report) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("version", 1).put("model", report.model());
    var attempts = document.putArray("attempts");
    for (SweepReport.Attempt attempt : report.attempts()) {
      ObjectNode node = attempts.addObject();
      node.put("way", attempt.way()).put("method", attempt.method());
      node.put("bytes_before", attempt.weights().bytesBefore());
      node.put("bytes_after", attempt.weights().bytesAfter());
      node.put("bits_per_weight", ReportJson.decimal(attempt.weights().bitsPerWeight()));
      attempt
          .weights()
          .quality()
          .filter(quality -> quality.noise() > 0)
          .ifPresent(quality -> node.put("sqnr_db", ReportJson.decimal(quality.sqnr())));
      attempt
          .predictions()
          .ifPresent(p -> ReportJson.predictions(node.putObject("predictions"), p));
      var outputs = node.putArray("outputs");
      attempt.outputs().forEach(output -> outputs.add(ReportJson.output(output)));
    }
    return document;
  }

  /** The document in UTF-8, indented, with a line feed at its end. */
  public static byte[] bytes(SweepReport report) {
    return IndentedJson.bytes(node(report));
  }
}
