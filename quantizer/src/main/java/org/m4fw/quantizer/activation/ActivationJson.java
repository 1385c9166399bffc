package org.m4fw.quantizer.activation;

import java.math.BigDecimal;
import java.math.MathContext;
import org.m4fw.graph.ir.ActivationPlan;
import org.m4fw.quantizer.kernel.Quality;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An {@link ActivationReport} as JSON, the same bytes for the same figures:
 *
 * <pre>
 * {"observer", "samples", "bound_db",
 *  "integer_operators", "operators": [{"name", "operator", "integer", "reason",
 *                                      "sqnr_alone_db"?, "sqnr_db"?}, …],
 *  "values": [{"name", "bits"?, "scale"?, "zero_point"?, "reason", "min", "max", "sqnr_db"?,
 *              "clipped"}, …],
 *  "outputs": [{"name", "comparable", "sqnr_db"?, "cosine"?}, …]}
 * </pre>
 *
 * What has another shape than in floating point is not comparable and has no figures. Else a ratio
 * is absent where nothing was lost; {@code bits} where a value stays in floating point.
 */
public final class ActivationJson {
  private static final MathContext DIGITS = new MathContext(6);

  private ActivationJson() {}

  /** The document. */
  public static ObjectNode node(ActivationReport report) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("observer", report.observer());
    document.put("samples", report.samples());
    document.put("bound_db", decimal(report.bound()));
    document.put("integer_operators", report.integerOperators());
    var operators = document.putArray("operators");
    for (ActivationReport.Computed computed : report.operators()) {
      ObjectNode node = operators.addObject().put("name", computed.name());
      node.put("operator", computed.type());
      node.put("integer", computed.placement().integer());
      node.put("reason", computed.placement().reason());
      if (computed.placement().integer()) {
        ratio(node, "sqnr_alone_db", computed.alone());
      }
      computed.together().ifPresent(quality -> ratio(node, "sqnr_db", quality));
      if (computed.together().isEmpty()) {
        node.put("comparable", false);
      }
    }
    var values = document.putArray("values");
    report.values().forEach(value -> values.add(node(value)));
    var outputs = document.putArray("outputs");
    for (ActivationReport.Output output : report.outputs()) {
      ObjectNode node = outputs.addObject().put("name", output.name());
      node.put("comparable", output.quality().isPresent());
      output
          .quality()
          .ifPresent(
              quality -> {
                ratio(node, "sqnr_db", quality);
                node.put("cosine", decimal(quality.cosine()));
              });
    }
    return document;
  }

  private static ObjectNode node(ActivationReport.Value value) {
    ObjectNode node = JsonNodeFactory.instance.objectNode().put("name", value.name());
    value.choice().stored().ifPresent(stored -> stored(node, stored));
    node.put("reason", value.choice().reason());
    node.put("min", decimal(value.min()));
    node.put("max", decimal(value.max()));
    ratio(node, "sqnr_db", value.quality());
    node.put("clipped", decimal(value.clipped()));
    return node;
  }

  private static void stored(ObjectNode node, ActivationPlan.Stored stored) {
    node.put("bits", stored.bits());
    node.put("scale", decimal(stored.scale()));
    node.put("zero_point", stored.zeroPoint());
  }

  private static void ratio(ObjectNode node, String name, Quality quality) {
    if (quality.noise() > 0) {
      node.put(name, decimal(quality.sqnr()));
    }
  }

  /** Ratios of nothing to something are minus infinity, which JSON cannot say. */
  private static BigDecimal decimal(double value) {
    double finite = Double.isNaN(value) ? 0 : Math.clamp(value, -1e300, 1e300);
    return new BigDecimal(finite).round(DIGITS).stripTrailingZeros();
  }
}
