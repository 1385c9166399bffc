package org.m4fw.quantizer.report.page;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.ToDoubleFunction;
import org.m4fw.base.page.Axis;
import org.m4fw.base.page.Html;
import org.m4fw.base.page.Page;
import org.m4fw.base.page.Plot;
import org.m4fw.quantizer.report.OutputQuality;
import org.m4fw.quantizer.report.Predictions;
import org.m4fw.quantizer.report.SweepReport;
import org.m4fw.quantizer.report.SweepReport.Attempt;
import org.m4fw.quantizer.report.SweepTable;

/** A sweep as a page: curves of quality over size, one for each method. */
public final class SweepPage {
  private final SweepReport report;
  private final StringBuilder body = new StringBuilder();

  private SweepPage(SweepReport report) {
    this.report = report;
  }

  /** The page in UTF-8; the same bytes for the same figures. */
  public static byte[] bytes(SweepReport report) {
    return new SweepPage(report).page();
  }

  private byte[] page() {
    body.append(
        "<h1>Size and quality of %s</h1>\n<p>Each point is the model quantized in another way.</p>\n"
            .formatted(Html.text(report.model())));
    curve(
        "Divergence of the predictions",
        "Kullback–Leibler divergence from the predictions before, in nats: lower is better.",
        "KL divergence",
        true,
        attempt -> attempt.predictions().map(Predictions::kl).orElse(Double.NaN));
    curve(
        "Worst output",
        "Signal to noise of the output that is furthest from what it was: higher is better.",
        "SQNR in dB",
        false,
        attempt -> attempt.worstOutput().map(OutputQuality::sqnr).orElse(Double.NaN));
    curve(
        "Weights",
        "Signal to noise of all weights that were quantized. A method that looks at what layers"
            + " compute may change weights more and outputs less.",
        "SQNR in dB",
        false,
        attempt -> attempt.weights().quality().map(q -> q.sqnr()).orElse(Double.NaN));
    body.append("<h2>All of them</h2>\n");
    body.append(Html.table(SweepTable.headings(), SweepTable.rows(report)));
    return Page.of("Size and quality of " + report.model(), body.toString());
  }

  private void curve(
      String heading,
      String text,
      String axis,
      boolean logarithmic,
      ToDoubleFunction<Attempt> quality) {
    List<Attempt> shown =
        report.attempts().stream()
            .filter(attempt -> Double.isFinite(quality.applyAsDouble(attempt)))
            .sorted(Comparator.comparingLong(attempt -> attempt.weights().bytesAfter()))
            .toList();
    if (shown.size() < 2) {
      return;
    }
    SequencedMap<String, List<Plot.Point>> methods = new LinkedHashMap<>();
    for (Attempt attempt : shown) {
      methods
          .computeIfAbsent(attempt.method(), method -> new ArrayList<>())
          .add(
              new Plot.Point(
                  megabytes(attempt),
                  quality.applyAsDouble(attempt),
                  "%s, %s: %s, %s"
                      .formatted(
                          attempt.way(),
                          attempt.method(),
                          Html.bytes(attempt.weights().bytesAfter()),
                          Html.number("%.4g", quality.applyAsDouble(attempt))),
                  attempt.way()));
    }
    body.append("<h2>%s</h2>\n<p>%s</p>\n".formatted(Html.text(heading), Html.text(text)));
    body.append(
        Plot.of(
            heading + " over size",
            Axis.linear("megabytes", shown.stream().mapToDouble(SweepPage::megabytes), 6),
            logarithmic
                ? Axis.logarithmic(axis, shown.stream().mapToDouble(quality))
                : Axis.linear(axis, shown.stream().mapToDouble(quality), 6),
            methods.entrySet().stream()
                .map(method -> new Plot.Series(method.getKey(), method.getValue(), true))
                .toList()));
  }

  private static double megabytes(Attempt attempt) {
    return attempt.weights().bytesAfter() / 1e6;
  }
}
