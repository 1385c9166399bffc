package org.m4fw.quantizer.activation;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.graph.ir.ActivationPlan.Stored;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@link MeasuredRanges} as a file, the same bytes for the same ranges:
 *
 * <pre>
 * {"schema": "m4fw/ranges/1", "weights": "sha256:…", "calibration": "sha256:…", "observer",
 *  "smooth"?,
 *  "parts": [{"part", "softmax_by_sigmoids": [value, …],
 *             "values": [{"name", "scale", "zero_point"}, …]}, …]}
 * </pre>
 *
 * All values have eight bits. A scale is the exact number, so that the file that is compiled from
 * it is the same as the one that it was measured for.
 */
public final class RangesJson {
  private static final String SCHEMA = "m4fw/ranges/1";

  private RangesJson() {}

  /** The document. */
  public static byte[] bytes(MeasuredRanges ranges) {
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("schema", SCHEMA);
    document.put("weights", ranges.from().weights());
    document.put("calibration", ranges.from().calibration());
    document.put("observer", ranges.from().observer());
    ranges.from().smooth().ifPresent(strength -> document.put("smooth", strength));
    var parts = document.putArray("parts");
    ranges
        .parts()
        .forEach(
            (name, part) -> {
              ObjectNode node = parts.addObject().put("part", name);
              var spread = node.putArray("softmax_by_sigmoids");
              part.spread().forEach(spread::add);
              var values = node.putArray("values");
              part.values()
                  .forEach(
                      (value, stored) ->
                          values
                              .addObject()
                              .put("name", value)
                              .put("scale", (double) stored.scale())
                              .put("zero_point", stored.zeroPoint()));
            });
    return (document.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a file.
   *
   * @throws org.m4fw.base.problem.ProblemException with an error of JSON or of the file, or {@link
   *     ActivationError#BAD_RANGE}
   */
  public static MeasuredRanges read(Path file) {
    Fields document =
        StrictJson.readObject(file)
            .allowOnly("schema", "weights", "calibration", "observer", "smooth", "parts");
    if (!document.string("schema").equals(SCHEMA)) {
      throw ActivationError.NOT_RANGES.at(file, "schema", document.string("schema"), SCHEMA);
    }
    SortedMap<String, MeasuredRanges.Part> parts = new TreeMap<>();
    for (Fields part : document.objects("parts")) {
      part.exactly("part", "softmax_by_sigmoids", "values");
      String name = part.string("part");
      if (parts.put(name, part(part)) != null) {
        throw ActivationError.RANGE_TWICE.at(file, part.path(), name);
      }
    }
    return new MeasuredRanges(
        new MeasuredRanges.From(
            document.string("weights"),
            document.string("calibration"),
            document.string("observer"),
            document.has("smooth") ? Optional.of(document.number("smooth")) : Optional.empty()),
        parts);
  }

  private static MeasuredRanges.Part part(Fields part) {
    SortedMap<String, Stored> values = new TreeMap<>();
    for (Fields value : part.objects("values")) {
      value.exactly("name", "scale", "zero_point");
      String name = value.string("name");
      float scale = (float) value.number("scale");
      if (!(scale >= Float.MIN_NORMAL && scale <= Float.MAX_VALUE)) {
        throw ActivationError.BAD_RANGE.at(
            part.file(), value.path() + ".scale", value.number("scale"));
      }
      Stored stored = new Stored(8, scale, (int) value.integer("zero_point", -128, 127));
      if (values.put(name, stored) != null) {
        throw ActivationError.RANGE_TWICE.at(part.file(), value.path(), name);
      }
    }
    return new MeasuredRanges.Part(new TreeSet<>(part.strings("softmax_by_sigmoids")), values);
  }
}
