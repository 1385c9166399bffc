package org.m4fw.quantizer.report.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.m4fw.base.page.Axis;
import org.m4fw.base.page.Html;
import org.m4fw.base.page.Page;
import org.m4fw.base.page.Plot;
import org.m4fw.quantizer.kernel.Quality;
import org.m4fw.quantizer.report.LayerQuality;
import org.m4fw.quantizer.report.ModelReport;
import org.m4fw.quantizer.report.OutputQuality;
import org.m4fw.quantizer.report.Predictions;
import org.m4fw.quantizer.report.QuantizationReport;
import org.m4fw.quantizer.report.WeightReport;

/** The report of one quantized model as a page. */
public final class ReportPage {
  private static final int WORST = 10;

  /** Fewer are read more easily in the table. */
  private static final int FEWEST_POINTS = 4;

  private final ModelReport report;
  private final StringBuilder body = new StringBuilder();

  private ReportPage(ModelReport report) {
    this.report = report;
  }

  /** The page in UTF-8; the same bytes for the same figures. */
  public static byte[] bytes(ModelReport report) {
    ReportPage page = new ReportPage(report);
    page.head();
    page.outputs();
    page.weights();
    page.worst();
    page.outliers();
    page.layers();
    page.everything();
    return Page.of("Quantization of " + report.model(), page.body.toString());
  }

  private void head() {
    QuantizationReport weights = report.weights();
    body.append(
        "<h1>Quantization of %s</h1>\n<p>%s</p>\n<div class=\"tiles\">\n"
            .formatted(Html.text(report.model()), Html.text(report.scheme())));
    body.append(
        Html.tile(
            "weights",
            Html.bytes(weights.bytesAfter()),
            "%s before, %s"
                .formatted(
                    Html.bytes(weights.bytesBefore()), Html.number("%.1f ×", ratio(weights)))));
    body.append(
        Html.tile(
            "bits per weight", Html.number("%.2f", weights.bitsPerWeight()), "scales included"));
    body.append(
        Html.tile(
            "weights' signal to noise",
            weights.quality().map(ReportPage::decibels).orElse("exact"),
            "of those that were quantized"));
    report.predictions().ifPresent(this::predictions);
    body.append("</div>\n");
  }

  private static double ratio(QuantizationReport weights) {
    return weights.bytesAfter() == 0 ? 1 : (double) weights.bytesBefore() / weights.bytesAfter();
  }

  private void predictions(Predictions p) {
    body.append(
        Html.tile(
            "perplexity",
            Html.number("%.3f", p.perplexityAfter()),
            "%s before".formatted(Html.number("%.3f", p.perplexityBefore()))));
    body.append(
        Html.tile(
            "negative log-likelihood",
            Html.number("%.5f", p.nllAfter()),
            "%s before, in nats".formatted(Html.number("%.5f", p.nllBefore()))));
    body.append(
        Html.tile(
            "KL divergence", Html.number("%.6f", p.kl()), "nats, from the predictions before"));
    body.append(
        Html.tile(
            "equal first choices",
            Html.number("%.2f %%", 100 * p.top1()),
            "of %s predictions".formatted(p.count())));
  }

  private void outputs() {
    if (report.outputs().isEmpty()) {
      return;
    }
    body.append(
        "<h2>Outputs</h2>\n<p>Against those of the component as it came, from %s.</p>\n"
            .formatted(Html.text(report.outputsFrom())));
    body.append(
        Html.table(
            List.of("output", "shape", ">SQNR", ">cosine", ">largest error"),
            report.outputs().stream().map(ReportPage::row).toList()));
  }

  private static List<String> row(OutputQuality output) {
    return List.of(
        output.name(),
        output.shape().toString(),
        Html.decibels(output.sqnr()),
        Html.number("%.6f", output.cosine()),
        Html.number("%.2e", output.maxError()));
  }

  /** A plot for every encoding, as the figures of two are worlds apart. */
  private void weights() {
    SequencedMap<String, List<WeightReport>> encodings = new LinkedHashMap<>();
    for (WeightReport weight : lossy()) {
      encodings.computeIfAbsent(weight.encoding().id(), id -> new ArrayList<>()).add(weight);
    }
    if (encodings.isEmpty()) {
      body.append("<h2>Weights</h2>\n<p>No weight lost anything.</p>\n");
      return;
    }
    encodings.forEach(
        (encoding, weights) -> {
          if (weights.size() >= FEWEST_POINTS || encodings.size() == 1) {
            weights(encoding, weights);
          }
        });
  }

  /** Weights by their layer, coloured by what they do there. */
  private void weights(String encoding, List<WeightReport> weights) {
    List<String> layers =
        LayerQuality.of(report.weights()).stream()
            .map(LayerQuality::name)
            .filter(name -> weights.stream().anyMatch(w -> layer(w).equals(name)))
            .toList();
    List<Plot.Series> kinds = kinds(weights, layers);
    body.append(
        "<h2>Signal to noise of the weights in %s</h2>\n<p>Higher is better; 6 dB are one bit.</p>\n"
            .formatted(Html.text(encoding)));
    body.append(
        Plot.of(
            "Signal to noise of every weight by layer",
            Axis.names("layer", layers.stream().map(ReportPage::shortName).toList()),
            Axis.linear("SQNR in dB", weights.stream().mapToDouble(ReportPage::sqnr), 6),
            kinds));
  }

  /** Series side by side within a layer, so that equal figures do not hide each other. */
  private static List<Plot.Series> kinds(List<WeightReport> weights, List<String> layers) {
    SequencedMap<String, List<Plot.Point>> points = new LinkedHashMap<>();
    for (WeightReport weight : weights) {
      points
          .computeIfAbsent(kind(weight.name()), kind -> new ArrayList<>())
          .add(
              new Plot.Point(
                  layers.indexOf(layer(weight)),
                  sqnr(weight),
                  "%s: %s".formatted(weight.name(), Html.decibels(sqnr(weight))),
                  ""));
    }
    List<Plot.Series> series = mostFrequent(points);
    List<Plot.Series> beside = new ArrayList<>();
    for (int i = 0; i < series.size(); i++) {
      double offset = 0.09 * (i - (series.size() - 1) / 2.0);
      beside.add(series.get(i).moved(offset));
    }
    return beside;
  }

  private static String layer(WeightReport weight) {
    return LayerQuality.layer(weight.name());
  }

  private static double sqnr(WeightReport weight) {
    return weight.quality().orElseThrow().sqnr();
  }

  /** As many series as there are colours; the rarest kinds go together. */
  private static List<Plot.Series> mostFrequent(SequencedMap<String, List<Plot.Point>> kinds) {
    List<Map.Entry<String, List<Plot.Point>>> sorted = new ArrayList<>(kinds.entrySet());
    sorted.sort((a, b) -> Integer.compare(b.getValue().size(), a.getValue().size()));
    List<Plot.Series> series = new ArrayList<>();
    List<Plot.Point> others = new ArrayList<>();
    for (int i = 0; i < sorted.size(); i++) {
      if (sorted.size() <= Plot.MOST_SERIES || i < Plot.MOST_SERIES - 1) {
        series.add(new Plot.Series(sorted.get(i).getKey(), sorted.get(i).getValue(), false));
      } else {
        others.addAll(sorted.get(i).getValue());
      }
    }
    if (!others.isEmpty()) {
      series.add(new Plot.Series("others", others, false));
    }
    return series;
  }

  private void worst() {
    List<QuantizationReport.Entry> worst = report.worst(WORST);
    if (worst.isEmpty()) {
      return;
    }
    body.append(
        "<h2>The weights that lost most</h2>\n<p>By error relative to their own numbers; the share is that of the squared error of all weights.</p>\n");
    body.append(
        Html.table(
            List.of(
                "weight",
                "encoding",
                ">SQNR",
                ">cosine",
                ">share of error",
                ">outliers",
                "why stored so"),
            worst.stream()
                .map(
                    entry ->
                        List.of(
                            entry.weight().name(),
                            entry.weight().encoding().id(),
                            decibels(entry.weight().quality().orElseThrow()),
                            Html.number("%.5f", entry.weight().quality().orElseThrow().cosine()),
                            Html.share(report.errorShare(entry.weight())),
                            outliers(entry.weight()),
                            entry.reason()))
                .toList()));
  }

  private String outliers(WeightReport weight) {
    Double share = report.outliers().get(weight.name());
    return share == null ? "–" : Html.share(share);
  }

  private void outliers() {
    SequencedMap<String, List<Plot.Point>> encodings = new LinkedHashMap<>();
    for (WeightReport weight : lossy()) {
      Double share = report.outliers().get(weight.name());
      if (share != null && share > 0) {
        encodings
            .computeIfAbsent(weight.encoding().id(), id -> new ArrayList<>())
            .add(
                new Plot.Point(
                    share,
                    sqnr(weight),
                    "%s: %s, %s"
                        .formatted(weight.name(), Html.share(share), Html.decibels(sqnr(weight))),
                    ""));
      }
    }
    List<Plot.Point> all = encodings.values().stream().flatMap(List::stream).toList();
    if (all.size() < FEWEST_POINTS) {
      return;
    }
    body.append(
        """
        <h2>Outliers</h2>
        <p>The share of a weight's numbers beyond six times their root mean square, against what was
        lost. Of normally distributed numbers that is two in a thousand million. Weights without any
        are left out.</p>
        """);
    body.append(
        Plot.of(
            "Share of outliers against signal to noise",
            Axis.logarithmic("share of outliers", all.stream().mapToDouble(Plot.Point::x)),
            Axis.linear("SQNR in dB", all.stream().mapToDouble(Plot.Point::y), 6),
            encodings.entrySet().stream()
                .map(entry -> new Plot.Series(entry.getKey(), entry.getValue(), false))
                .toList()));
  }

  private void layers() {
    body.append("<h2>Layers</h2>\n");
    body.append(
        Html.table(
            List.of("layer", ">weights", ">SQNR", ">cosine", ">largest error", ">bytes", ">before"),
            LayerQuality.of(report.weights()).stream()
                .map(
                    layer ->
                        List.of(
                            layer.name(),
                            String.valueOf(layer.weights()),
                            decibels(layer.quality()),
                            Html.number("%.5f", layer.quality().cosine()),
                            Html.number("%.2e", layer.quality().maxError()),
                            Html.bytes(layer.bytesAfter()),
                            Html.bytes(layer.bytesBefore())))
                .toList()));
  }

  private void everything() {
    List<List<String>> rows = new ArrayList<>();
    for (QuantizationReport.Entry entry : report.weights().entries()) {
      WeightReport weight = entry.weight();
      Quality quality = weight.quality().orElse(Quality.NONE);
      rows.add(
          List.of(
              weight.name(),
              weight.shape().toString(),
              weight.encoding().id(),
              weight.quality().isEmpty() ? "–" : decibels(quality),
              Html.number("%.5f", quality.cosine()),
              Html.number("%.2e", quality.maxError()),
              outliers(weight),
              Html.bytes(weight.bytesAfter()),
              entry.reason()));
    }
    body.append("<details><summary>All %s weights</summary>\n".formatted(rows.size()));
    body.append(
        Html.table(
            List.of(
                "weight",
                "shape",
                "encoding",
                ">SQNR",
                ">cosine",
                ">largest error",
                ">outliers",
                ">bytes",
                "why"),
            rows));
    body.append("</details>\n");
  }

  private List<WeightReport> lossy() {
    return report.weights().entries().stream()
        .map(QuantizationReport.Entry::weight)
        .filter(weight -> weight.quality().filter(q -> q.noise() > 0).isPresent())
        .toList();
  }

  /** {@code q_proj} of {@code model.layers.3.self_attn.q_proj.weight}. */
  private static String kind(String weight) {
    List<String> words =
        List.of(weight.split("\\.", -1)).stream()
            .filter(word -> !word.isEmpty() && !word.equals("weight") && !word.matches("[0-9]+"))
            .collect(Collectors.toList());
    return words.isEmpty() ? weight : words.getLast();
  }

  /** The number of a layer, or as much of its name as there is room for. */
  private static String shortName(String layer) {
    String last = layer.substring(layer.lastIndexOf('.') + 1);
    return last.length() <= 12 ? last : last.substring(0, 11) + "…";
  }

  private static String decibels(Quality quality) {
    return quality.signal() == 0 && quality.noise() == 0 ? "exact" : Html.decibels(quality.sqnr());
  }
}
