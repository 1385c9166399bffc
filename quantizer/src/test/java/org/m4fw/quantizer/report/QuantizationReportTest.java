package org.m4fw.quantizer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.m4fw.base.json.StrictJson;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Shape;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.kernel.Quality;

class QuantizationReportTest {
  private static final Encoding INT8 = new Encoding.Int8PerChannel();
  private static final Encoding F16 = new Encoding.Plain(DType.F16);

  private static WeightReport weight(String name, Encoding encoding, Optional<Quality> quality) {
    Shape shape = Shape.of(4, 100);
    return new WeightReport(
        name,
        shape,
        "f16",
        encoding,
        quality,
        800,
        encoding.dataBytes(shape) + encoding.scaleBytes(shape));
  }

  private static QuantizationReport report() {
    WeightPlan plan =
        new WeightPlan(
            new TreeMap<>(
                Map.of(
                    "a", new WeightPlan.Choice(INT8, "scheme"),
                    "b", new WeightPlan.Choice(F16, "small; kept as it is"),
                    "c", new WeightPlan.Choice(INT8, "quantized in the checkpoint"))));
    return QuantizationReport.of(
        plan,
        List.of(
            weight("c", INT8, Optional.empty()),
            weight("a", INT8, Optional.of(new Quality(100, 0.01, 99.99, 0.0123456789))),
            weight("b", F16, Optional.of(Quality.exact(5)))));
  }

  @Test
  void entriesComeInTheOrderOfTheirNamesWithTheirReasons() {
    assertEquals(
        List.of("a scheme", "b small; kept as it is", "c quantized in the checkpoint"),
        report().entries().stream()
            .map(entry -> entry.weight().name() + " " + entry.reason())
            .toList());
  }

  @Test
  void totalsAddUp() {
    assertEquals(2400, report().bytesBefore());
    assertEquals(408 + 800 + 408, report().bytesAfter());
    assertEquals(8.0 * 1616 / 1200, report().bitsPerWeight());
    assertEquals(40, report().quality().orElseThrow().sqnr(), 1e-9);
  }

  @Test
  void theDocumentIsTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    try {
      byte[] expected = ReportJson.bytes(report());
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertEquals(
          new String(expected, StandardCharsets.UTF_8),
          new String(ReportJson.bytes(report()), StandardCharsets.UTF_8));
      assertEquals("40.0 dB", QuantizationReport.sqnr(report().quality()));
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void figuresAreDecimalNumbersOfSixDigits() {
    var document = StrictJson.parse("report.json", ReportJson.bytes(report()));
    var first = document.get("weights").get(0);
    assertEquals("40", first.get("sqnr_db").toString());
    assertEquals("0.0123457", first.get("max_error").toString());
    assertEquals("10.7733", document.get("total").get("bits_per_weight").toString());
  }

  @Test
  void whatLostNothingHasNoFigures() {
    var weights = StrictJson.parse("report.json", ReportJson.bytes(report())).get("weights");
    assertEquals("true", weights.get(1).get("exact").toString());
    assertFalse(weights.get(1).has("sqnr_db"));
    assertFalse(weights.get(2).has("exact"));
  }

  @Test
  void theTableHasARowForEachWeightAndOneForTheTotal() {
    List<List<String>> rows = ReportTable.rows(report());
    assertEquals(4, rows.size());
    for (List<String> row : rows) {
      assertEquals(ReportTable.headings().size(), row.size());
    }
    assertEquals("40.0 dB", rows.get(0).get(3));
    assertEquals("exact", rows.get(1).get(3));
    assertEquals("-", rows.get(2).get(3));
    assertEquals("10.77 bits", rows.get(3).get(2));
  }

  @Test
  void cosineIsThatOfTheAngle() {
    // (1, 0) and (1, 1): 45 degrees.
    assertEquals(Math.sqrt(0.5), new Quality(1, 1, 2, 1).cosine(), 1e-12);
    assertEquals(1, Quality.exact(3).cosine());
    assertEquals(0, new Quality(1, 1, 0, 1).cosine());
  }
}
