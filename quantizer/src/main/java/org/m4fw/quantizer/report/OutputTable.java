package org.m4fw.quantizer.report;

import java.util.List;
import java.util.Locale;

/** Outputs as rows of cells, in the manner of {@link ReportTable}. */
public final class OutputTable {
  private OutputTable() {}

  public static List<String> headings() {
    return List.of("output", "shape", ">SQNR", ">cosine", ">max error");
  }

  /** One row for each output; without figures where its shape is another than before. */
  public static List<List<String>> rows(List<OutputQuality> outputs) {
    return outputs.stream().map(OutputTable::row).toList();
  }

  private static List<String> row(OutputQuality output) {
    String sqnr =
        output.sqnr() == Double.POSITIVE_INFINITY ? "exact" : decimal("%.1f dB", output.sqnr());
    return List.of(
        output.name(),
        output.shape().toString(),
        sqnr,
        decimal("%.6f", output.cosine()),
        decimal("%.2e", output.maxError()));
  }

  private static String decimal(String format, double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "-";
  }
}
