package org.m4fw.quantizer.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The report as rows of cells, for whoever prints it. A heading that begins with {@code >} is that
 * of a column of numbers.
 */
public final class ReportTable {
  private ReportTable() {}

  public static List<String> headings() {
    return List.of(
        "weight", "shape", "encoding", ">SQNR", ">cosine", ">max error", ">bytes", ">was", "why");
  }

  /** One row for each weight and one for the total. */
  public static List<List<String>> rows(QuantizationReport report) {
    List<List<String>> rows = new ArrayList<>();
    for (QuantizationReport.Entry entry : report.entries()) {
      rows.add(row(entry));
    }
    rows.add(
        List.of(
            "total",
            "",
            String.format(Locale.ROOT, "%.2f bits", report.bitsPerWeight()),
            QuantizationReport.sqnr(report.quality()),
            "",
            "",
            String.valueOf(report.bytesAfter()),
            String.valueOf(report.bytesBefore()),
            ""));
    return rows;
  }

  private static List<String> row(QuantizationReport.Entry entry) {
    WeightReport weight = entry.weight();
    boolean lossy = weight.quality().filter(quality -> quality.noise() > 0).isPresent();
    return List.of(
        weight.name(),
        weight.shape().toString(),
        weight.encoding().id(),
        QuantizationReport.sqnr(weight.quality()),
        lossy ? String.format(Locale.ROOT, "%.5f", weight.quality().get().cosine()) : "",
        lossy ? String.format(Locale.ROOT, "%.2e", weight.quality().get().maxError()) : "",
        String.valueOf(weight.bytesAfter()),
        String.valueOf(weight.bytesBefore()),
        entry.reason());
  }
}
