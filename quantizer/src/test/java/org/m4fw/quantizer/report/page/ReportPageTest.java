package org.m4fw.quantizer.report.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.quantizer.kernel.Quality;
import org.m4fw.quantizer.report.ModelReport;
import org.m4fw.quantizer.report.OutputQuality;
import org.m4fw.quantizer.report.Predictions;
import org.m4fw.quantizer.report.QuantizationReport;
import org.m4fw.quantizer.report.WeightReport;

class ReportPageTest {
  private static final Encoding INT8 = new Encoding.Int8PerChannel();

  private static QuantizationReport.Entry entry(String name, double noise) {
    Quality quality = noise == 0 ? Quality.exact(100) : new Quality(100, noise, 100, noise);
    return new QuantizationReport.Entry(
        new WeightReport(name, Shape.of(4, 100), "f16", INT8, Optional.of(quality), 800, 408),
        "scheme");
  }

  private static ModelReport report(List<QuantizationReport.Entry> entries) {
    return new ModelReport(
        "<script>alert(1)</script>",
        "int8",
        new QuantizationReport(entries),
        new TreeMap<>(Map.of("layers.0.q.weight", 1e-6)),
        Optional.of(new Predictions(2.5, 2.6, 0.01, 0.9, 255)),
        List.of(new OutputQuality("out", Shape.of(1, 2), 33.25, 0.9998, 0.01)),
        "in.safetensors");
  }

  private static List<QuantizationReport.Entry> layers(int count) {
    List<QuantizationReport.Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(entry("layers.%s.q.weight".formatted(i), 0.1 + i));
      entries.add(entry("layers.%s.<b>&\"k.weight".formatted(i), 0.2 + i));
    }
    return entries;
  }

  private static String page(List<QuantizationReport.Entry> entries) {
    return new String(ReportPage.bytes(report(entries)), StandardCharsets.UTF_8);
  }

  @Test
  void namesMeanThemselves() {
    String page = page(layers(6));
    assertFalse(page.contains("<script"));
    assertFalse(page.contains("<b>"));
    assertTrue(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
  }

  @Test
  void nothingComesFromElsewhere() {
    String page = page(layers(6));
    for (String reference : new String[] {"http", "src=", "href=", "url(", "@import"}) {
      assertFalse(page.contains(reference), reference);
    }
  }

  @Test
  void everyLossyWeightIsAPoint() {
    assertTrue(page(layers(6)).split("<circle ", -1).length - 1 >= 12);
  }

  @Test
  void modelThatLostNothingHasNoPlot() {
    String page = page(List.of(entry("a", 0), entry("b", 0)));
    assertFalse(page.contains("<svg"));
    assertTrue(page.contains("No weight lost anything"));
  }

  @Test
  void figuresOfPredictionsAndOutputsAreShown() {
    String page = page(layers(2));
    assertTrue(page.contains("13.464") && page.contains("12.182"), "perplexities");
    assertTrue(page.contains("33.2 dB") || page.contains("33.3 dB"), "outputs");
  }

  @Test
  void pageIsTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      byte[] expected = ReportPage.bytes(report(layers(3)));
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertArrayEquals(expected, ReportPage.bytes(report(layers(3))));
    } finally {
      Locale.setDefault(before);
    }
  }
}
