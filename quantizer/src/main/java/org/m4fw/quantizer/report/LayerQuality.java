package org.m4fw.quantizer.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.m4fw.quantizer.kernel.Quality;

/**
 * What quantization did to the weights of one layer together. A layer is what stands under one
 * number in the names: {@code model.layers.3}; weights without a number are layers of their own.
 *
 * @param quality over those of its weights that lost something; {@link Quality#NONE} if none did
 * @param weights how many it has
 */
public record LayerQuality(
    String name, Quality quality, int weights, long bytesBefore, long bytesAfter) {

  /** The layers of a report, in the order of their numbers. */
  public static List<LayerQuality> of(QuantizationReport report) {
    SequencedMap<String, LayerQuality> layers = new LinkedHashMap<>();
    for (QuantizationReport.Entry entry : report.entries()) {
      layers.merge(layer(entry.weight().name()), of(entry.weight()), LayerQuality::plus);
    }
    List<LayerQuality> named = new ArrayList<>();
    layers.forEach(
        (name, sum) ->
            named.add(
                new LayerQuality(name, sum.quality, sum.weights, sum.bytesBefore, sum.bytesAfter)));
    named.sort((a, b) -> NameOrder.compare(a.name, b.name));
    return List.copyOf(named);
  }

  private static LayerQuality of(WeightReport weight) {
    return new LayerQuality(
        "",
        weight.quality().filter(quality -> quality.noise() > 0).orElse(Quality.NONE),
        1,
        weight.bytesBefore(),
        weight.bytesAfter());
  }

  private LayerQuality plus(LayerQuality other) {
    return new LayerQuality(
        name,
        quality.plus(other.quality),
        weights + other.weights,
        bytesBefore + other.bytesBefore,
        bytesAfter + other.bytesAfter);
  }

  /** The layer that a weight belongs to. */
  public static String layer(String weight) {
    String[] segments = weight.split("\\.", -1);
    StringBuilder path = new StringBuilder();
    for (String segment : segments) {
      path.append(path.isEmpty() ? "" : ".").append(segment);
      if (!segment.isEmpty() && segment.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return path.toString();
      }
    }
    int dot = weight.lastIndexOf('.');
    return dot < 0 ? weight : weight.substring(0, dot);
  }
}
