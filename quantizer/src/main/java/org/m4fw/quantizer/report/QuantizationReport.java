package org.m4fw.quantizer.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.quantizer.kernel.Quality;

/**
 * What a plan did to the weights of a model.
 *
 * @param entries in the order of the names
 * @param method how the numbers were found, where that is known
 */
public record QuantizationReport(List<Entry> entries, Optional<Method> method) {

  /** One weight, and why it is stored as it is. */
  public record Entry(WeightReport weight, String reason) {}

  /**
   * A method of quantization.
   *
   * @param why it is this one
   */
  public record Method(String id, String why) {}

  /** Of weights alone. */
  public QuantizationReport(List<Entry> entries) {
    this(entries, Optional.empty());
  }

  public QuantizationReport {
    entries = List.copyOf(entries);
  }

  /** Puts the reports of weights, in any order, beside the reasons of the plan. */
  public static QuantizationReport of(WeightPlan plan, List<WeightReport> reports) {
    SortedMap<String, Entry> entries = new TreeMap<>();
    for (WeightReport report : reports) {
      WeightPlan.Choice choice = plan.choices().get(report.name());
      entries.put(report.name(), new Entry(report, choice == null ? "" : choice.reason()));
    }
    return new QuantizationReport(List.copyOf(entries.values()));
  }

  /** The same, saying how the numbers were found. */
  public QuantizationReport with(Method used) {
    return new QuantizationReport(entries, Optional.of(used));
  }

  public long bytesBefore() {
    return entries.stream().mapToLong(entry -> entry.weight().bytesBefore()).sum();
  }

  public long bytesAfter() {
    return entries.stream().mapToLong(entry -> entry.weight().bytesAfter()).sum();
  }

  public long parameters() {
    return entries.stream().mapToLong(entry -> entry.weight().shape().count()).sum();
  }

  /** The size in bits of all weights, scales included, divided by their number. */
  public double bitsPerWeight() {
    long parameters = parameters();
    return parameters == 0 ? 0 : 8.0 * bytesAfter() / parameters;
  }

  /** Over all weights that were quantized here; empty if there are none. */
  public Optional<Quality> quality() {
    return entries.stream()
        .map(Entry::weight)
        .filter(weight -> !(weight.encoding() instanceof Encoding.Plain))
        .flatMap(weight -> weight.quality().stream())
        .reduce(Quality::plus);
  }

  /**
   * Signal to noise in words: {@code 21.4 dB}, {@code exact}, or {@code -} where it is not known.
   */
  public static String sqnr(Optional<Quality> quality) {
    if (quality.isEmpty()) {
      return "-";
    }
    return quality.get().noise() == 0
        ? "exact"
        : String.format(Locale.ROOT, "%.1f dB", quality.get().sqnr());
  }
}
