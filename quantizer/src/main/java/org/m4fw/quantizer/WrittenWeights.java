package org.m4fw.quantizer;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.m4fw.base.file.ResumableDirectory;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.progress.Progress;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Weight;
import org.m4fw.quantizer.kernel.Quality;
import org.m4fw.quantizer.report.WeightReport;

/**
 * Which weights of a checkpoint are written, in the journal of its directory, with what they lost:
 * a line {@code {"weight", "signal", "noise", "rebuilt", "max_error"}} for each, the last four only
 * where it was quantized here.
 */
final class WrittenWeights {
  private final ResumableDirectory directory;
  private final Map<String, Optional<Quality>> there = new HashMap<>();

  WrittenWeights(ResumableDirectory directory) {
    this.directory = directory;
    for (String line : directory.done()) {
      byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
      Fields fields =
          Fields.of(
              directory.path().toString(), StrictJson.parse(directory.path().toString(), bytes));
      there.put(fields.string("weight"), QualityFields.read(fields));
    }
  }

  /** What a weight lost, which is written now unless it is there. */
  WeightReport report(Weight weight, Encoding encoding, Supplier<WeightReport> write) {
    Optional<Quality> known = there.get(weight.name());
    if (known != null) {
      return WeightEncoder.report(weight, encoding, known);
    }
    WeightReport report = write.get();
    SortedMap<String, Object> fields = new TreeMap<>();
    fields.put("weight", weight.name());
    report.quality().ifPresent(quality -> fields.putAll(QualityFields.of(quality)));
    directory.note(
        new String(CanonicalJson.bytes(CanonicalJson.node(fields)), StandardCharsets.UTF_8));
    return report;
  }

  /** Says what was there. */
  void describe(Progress.Stage stage) {
    if (!there.isEmpty()) {
      stage.detail("%s weights were written before".formatted(there.size()));
    }
  }
}
