package org.m4fw.quantizer.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Optional;
import org.m4fw.quantizer.kernel.Quality;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The report as a JSON document, the same bytes for the same figures:
 *
 * <pre>
 * {"version": 1,
 *  "method": {"id", "why"},
 *  "weights": [{"name", "shape", "from", "encoding", "reason",
 *               "exact": false, "sqnr_db", "cosine", "max_error",
 *               "bytes_before", "bytes_after"}, …],
 *  "total": {"weights", "parameters", "bits_per_weight", "bytes_before", "bytes_after",
 *            "exact", "sqnr_db", "cosine", "max_error"}}
 * </pre>
 *
 * That of a whole model ({@link ModelReport}) has more:
 *
 * <pre>
 * {"model", "scheme",
 *  "layers": [{"name", "weights", "exact", "sqnr_db", "cosine", "max_error",
 *              "bytes_before", "bytes_after"}, …],
 *  "worst": [{"name", "sqnr_db", "error_share"}, …],
 *  "predictions": {"nll_before", "nll_after", "perplexity_before", "perplexity_after", "kl", "top1",
 *                  "count"}?,
 *  "outputs_from", "outputs": [{"name", "shape", "exact", "sqnr_db", "cosine", "max_error"}, …]}
 * </pre>
 *
 * and {@code outlier_share} for each weight that could be quantized.
 *
 * <p>Where nothing was lost, {@code exact} is true and the three figures after it are absent; where
 * the weight came quantized, all four are. Figures are decimal numbers of six digits. Those of the
 * total are over all weights that were quantized.
 */
public final class ReportJson {
  private static final MathContext DIGITS = new MathContext(6);

  /** How many weights are named as those that lost most. */
  static final int WORST = 10;

  private ReportJson() {}

  /** The document. */
  public static ObjectNode node(QuantizationReport report) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("version", 1);
    report
        .method()
        .ifPresent(
            method -> document.putObject("method").put("id", method.id()).put("why", method.why()));
    var weights = document.putArray("weights");
    for (QuantizationReport.Entry entry : report.entries()) {
      weights.add(weight(entry));
    }
    ObjectNode total = document.putObject("total");
    total.put("weights", report.entries().size());
    total.put("parameters", report.parameters());
    total.put("bits_per_weight", decimal(report.bitsPerWeight()));
    total.put("bytes_before", report.bytesBefore());
    total.put("bytes_after", report.bytesAfter());
    quality(total, report.quality());
    return document;
  }

  /** The document of a whole model. */
  public static ObjectNode node(ModelReport report) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("model", report.model());
    document.put("scheme", report.scheme());
    document.setAll(node(report.weights()));
    for (JsonNode weight : document.withArray("weights")) {
      Double share = report.outliers().get(weight.get("name").stringValue());
      if (share != null) {
        ((ObjectNode) weight).put("outlier_share", decimal(share));
      }
    }
    var layers = document.putArray("layers");
    for (LayerQuality layer : LayerQuality.of(report.weights())) {
      ObjectNode node =
          layers.addObject().put("name", layer.name()).put("weights", layer.weights());
      quality(node, Optional.of(layer.quality()));
      node.put("bytes_before", layer.bytesBefore()).put("bytes_after", layer.bytesAfter());
    }
    var worst = document.putArray("worst");
    for (QuantizationReport.Entry entry : report.worst(WORST)) {
      ObjectNode node = worst.addObject().put("name", entry.weight().name());
      node.put("sqnr_db", decimal(entry.weight().quality().orElseThrow().sqnr()));
      node.put("error_share", decimal(report.errorShare(entry.weight())));
    }
    report.predictions().ifPresent(p -> predictions(document.putObject("predictions"), p));
    if (!report.outputsFrom().isEmpty()) {
      document.put("outputs_from", report.outputsFrom());
    }
    var outputs = document.putArray("outputs");
    report.outputs().forEach(output -> outputs.add(output(output)));
    return document;
  }

  static void predictions(ObjectNode node, Predictions predictions) {
    node.put("nll_before", decimal(predictions.nllBefore()));
    node.put("nll_after", decimal(predictions.nllAfter()));
    node.put("perplexity_before", decimal(predictions.perplexityBefore()));
    node.put("perplexity_after", decimal(predictions.perplexityAfter()));
    node.put("kl", decimal(predictions.kl()));
    node.put("top1", decimal(predictions.top1()));
    node.put("count", predictions.count());
  }

  static ObjectNode output(OutputQuality output) {
    ObjectNode node = JsonNodeFactory.instance.objectNode().put("name", output.name());
    output.shape().dims().forEach(node.putArray("shape")::add);
    boolean exact = output.sqnr() == Double.POSITIVE_INFINITY;
    node.put("exact", exact);
    if (!exact) {
      // Not a number, where the quantized component computed one that is not finite.
      finite(node, "sqnr_db", output.sqnr());
      finite(node, "cosine", output.cosine());
      finite(node, "max_error", output.maxError());
    }
    return node;
  }

  private static void finite(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, decimal(value));
    } else {
      node.putNull(name);
    }
  }

  /** The document of a whole model in UTF-8, indented, with a line feed at its end. */
  public static byte[] bytes(ModelReport report) {
    return IndentedJson.bytes(node(report));
  }

  /** The document in UTF-8, indented, with a line feed at its end. */
  public static byte[] bytes(QuantizationReport report) {
    return IndentedJson.bytes(node(report));
  }

  private static ObjectNode weight(QuantizationReport.Entry entry) {
    WeightReport weight = entry.weight();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("name", weight.name());
    var shape = node.putArray("shape");
    weight.shape().dims().forEach(shape::add);
    node.put("from", weight.from());
    node.put("encoding", weight.encoding().id());
    node.put("reason", entry.reason());
    quality(node, weight.quality());
    node.put("bytes_before", weight.bytesBefore());
    node.put("bytes_after", weight.bytesAfter());
    return node;
  }

  private static void quality(ObjectNode node, Optional<Quality> quality) {
    if (quality.isEmpty()) {
      return;
    }
    boolean exact = quality.get().noise() == 0;
    node.put("exact", exact);
    if (!exact) {
      node.put("sqnr_db", decimal(quality.get().sqnr()));
      node.put("cosine", decimal(quality.get().cosine()));
      node.put("max_error", decimal(quality.get().maxError()));
    }
  }

  static BigDecimal decimal(double value) {
    return new BigDecimal(value).round(DIGITS).stripTrailingZeros();
  }
}
