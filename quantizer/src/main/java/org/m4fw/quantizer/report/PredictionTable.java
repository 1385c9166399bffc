package org.m4fw.quantizer.report;

import java.util.List;
import java.util.Locale;

/** {@link Predictions} as rows of cells, in the manner of {@link ReportTable}. */
public final class PredictionTable {
  private PredictionTable() {}

  public static List<String> headings() {
    return List.of("predictions", ">NLL", ">perplexity", ">KL", ">top 1");
  }

  /** One row for the model as it came and one for the quantized one. */
  public static List<List<String>> rows(Predictions predictions) {
    return List.of(
        List.of(
            "before",
            decimal("%.5f", predictions.nllBefore()),
            decimal("%.4f", predictions.perplexityBefore()),
            "",
            ""),
        List.of(
            "after",
            decimal("%.5f", predictions.nllAfter()),
            decimal("%.4f", predictions.perplexityAfter()),
            decimal("%.6f", predictions.kl()),
            decimal("%.2f %%", 100 * predictions.top1())));
  }

  private static String decimal(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
