package org.m4fw.quantizer.activation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.graph.ir.ActivationPlan.Stored;

final class RangesJsonTest {
  private static final String VALUE = "{\"name\": \"x\", \"scale\": %s, \"zero_point\": %s}";
  private static final String PART =
      "{\"part\": \"decoder\", \"softmax_by_sigmoids\": [], \"values\": [%s]}";

  @TempDir Path directory;

  private MeasuredRanges read(String schema, String parts) throws IOException {
    return RangesJson.read(
        Files.writeString(
            directory.resolve("ranges.json"),
            ("{\"schema\": \"%s\", \"weights\": \"sha256:00\", \"calibration\": \"sha256:01\","
                    + " \"observer\": \"minmax\", \"parts\": [%s]}")
                .formatted(schema, parts)));
  }

  private void refused(ActivationError error, String schema, String parts) {
    ProblemException problem = assertThrows(ProblemException.class, () -> read(schema, parts));
    assertEquals(error, problem.problem().code());
  }

  private static String part(String scale, String zeroPoint) {
    return PART.formatted(VALUE.formatted(scale, zeroPoint));
  }

  @Test
  void rangesComeBackAsTheyWere() throws IOException {
    SortedMap<String, Stored> values = new TreeMap<>();
    values.put("x", new Stored(8, 0.1f, -128));
    values.put("y", new Stored(8, Float.MIN_NORMAL, 127));
    values.put("z", new Stored(8, 3.4e38f, 0));
    MeasuredRanges ranges =
        new MeasuredRanges(
            new MeasuredRanges.From("sha256:00", "sha256:01", "mse", Optional.of(0.25)),
            new TreeMap<>(
                java.util.Map.of(
                    "decoder", new MeasuredRanges.Part(new TreeSet<>(List.of("s")), values))));
    byte[] bytes = RangesJson.bytes(ranges);
    MeasuredRanges again = RangesJson.read(Files.write(directory.resolve("ranges.json"), bytes));
    assertEquals(ranges, again);
    assertArrayEquals(bytes, RangesJson.bytes(again));
  }

  @Test
  void otherDocumentIsRefused() {
    refused(ActivationError.NOT_RANGES, "m4fw/compile/1", "");
  }

  @Test
  void scaleThatIsNoneIsRefused() {
    for (String scale : List.of("0", "-1", "1e-60", "1e60")) {
      refused(ActivationError.BAD_RANGE, "m4fw/ranges/1", part(scale, "0"));
    }
  }

  @Test
  void zeroPointOutOfRangeIsRefused() {
    assertThrows(ProblemException.class, () -> read("m4fw/ranges/1", part("1", "128")));
  }

  @Test
  void valueThatIsThereTwiceIsRefused() {
    String value = VALUE.formatted("1", "0");
    refused(ActivationError.RANGE_TWICE, "m4fw/ranges/1", PART.formatted(value + "," + value));
  }

  @Test
  void partThatIsThereTwiceIsRefused() {
    String part = part("1", "0");
    refused(ActivationError.RANGE_TWICE, "m4fw/ranges/1", part + "," + part);
  }
}
