package org.m4fw.quantizer.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Optional;
import org.m4fw.quantizer.kernel.Quality;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The report as a JSON document, the same bytes for the same figures:
 *
 * <pre>
 * {"version": 1,
 *  "weights": [{"name", "shape", "from", "encoding", "reason",
 *               "exact": false, "sqnr_db", "cosine", "max_error",
 *               "bytes_before", "bytes_after"}, …],
 *  "total": {"weights", "parameters", "bits_per_weight", "bytes_before", "bytes_after",
 *            "exact", "sqnr_db", "cosine", "max_error"}}
 * </pre>
 *
 * Where nothing was lost, {@code exact} is true and the three figures after it are absent; where
 * the weight came quantized, all four are. Figures are decimal numbers of six digits. Those of the
 * total are over all weights that were quantized.
 */
public final class ReportJson {
  private static final MathContext DIGITS = new MathContext(6);

  private ReportJson() {}

  /** The document. */
  public static ObjectNode node(QuantizationReport report) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("version", 1);
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

  private static BigDecimal decimal(double value) {
    return new BigDecimal(value).round(DIGITS).stripTrailingZeros();
  }
}
