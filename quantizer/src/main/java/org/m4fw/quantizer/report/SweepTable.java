package org.m4fw.quantizer.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A sweep as rows of cells, in the manner of {@link ReportTable}. */
public final class SweepTable {
  private SweepTable() {}

  public static List<String> headings() {
    return List.of(
        "way", "method", ">bits", ">bytes", ">weights' SQNR", ">KL", ">NLL", ">top 1", ">output");
  }

  /** One row for each attempt; the output is the one that is worst. */
  public static List<List<String>> rows(SweepReport report) {
    return report.attempts().stream().map(SweepTable::row).toList();
  }

  private static List<String> row(SweepReport.Attempt attempt) {
    Optional<Predictions> p = attempt.predictions();
    return List.of(
        attempt.way(),
        attempt.method(),
        decimal("%.2f", attempt.weights().bitsPerWeight()),
        String.valueOf(attempt.weights().bytesAfter()),
        QuantizationReport.sqnr(attempt.weights().quality()),
        p.map(predictions -> decimal("%.6f", predictions.kl())).orElse(""),
        p.map(predictions -> decimal("%.5f", predictions.nllAfter())).orElse(""),
        p.map(predictions -> decimal("%.2f %%", 100 * predictions.top1())).orElse(""),
        attempt.worstOutput().map(output -> decimal("%.1f dB", output.sqnr())).orElse(""));
  }

  private static String decimal(String format, double value) {
    return Double.isInfinite(value) ? "exact" : String.format(Locale.ROOT, format, value);
  }
}
