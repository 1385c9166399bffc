package org.m4fw.cli.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.m4fw.cli.model.ImageGraph;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.QuantizationScales;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Inspector;
import org.m4fw.image.Manifest;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Section;

/**
 * Looks at the scales of quantized weights. One that is not a number, or infinite, makes everything
 * after it so: no device can run that. Scales of zero make rows of zeros; denormal ones are slow
 * and coarse; one that is far larger than the others of its weight, or than any weight, hints at a
 * fault of what made it.
 */
public final class ScaleInspector implements Inspector {
  /** No trained weight is as large as 127 of these. */
  static final float ABSURD = 1e4f;

  /** Rows of one weight differ by one or two orders of magnitude. */
  static final float OUT_OF_LINE = 1000f;

  @Override
  public Optional<Explanation> explain(Manifest manifest, MappedSection section) {
    return Optional.empty();
  }

  @Override
  public List<Oddity> examine(ImageFile image, Section section) {
    if (!section.role().equals(SectionRole.GRAPH.text())) {
      return List.of();
    }
    String file = "%s: %s".formatted(image.path(), section.id());
    CompiledModel model = ImageGraph.read(image, section);
    List<Oddity> oddities = new ArrayList<>();
    for (String name : QuantizationScales.names(model)) {
      float[] scales =
          QuantizationScales.values(
              file, model, name, extent -> ImageGraph.bytes(image, section, extent));
      examine(file, name, scales)
          .forEach(message -> oddities.add(new Oddity(section.id(), name, message)));
    }
    return List.copyOf(oddities);
  }

  /**
   * What is odd about the scales of one weight.
   *
   * @throws org.m4fw.base.problem.ProblemException with {@link SanityError#NON_FINITE_SCALE}
   */
  static List<String> examine(String file, String name, float... scales) {
    float[] sizes = new float[scales.length];
    for (int i = 0; i < scales.length; i++) {
      if (!Float.isFinite(scales[i])) {
        throw SanityError.NON_FINITE_SCALE.at(file, name, i, scales.length, scales[i]);
      }
      sizes[i] = Math.abs(scales[i]);
    }
    float[] sorted = sizes.clone();
    Arrays.sort(sorted);
    float median = sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    List<String> messages = new ArrayList<>();
    say(messages, count(sizes, 0, 0), sizes.length, "zero: what they scale is all zeros");
    say(
        messages,
        count(sizes, Float.MIN_VALUE, Math.nextDown(Float.MIN_NORMAL)),
        sizes.length,
        "denormal");
    say(messages, count(sizes, ABSURD, Float.MAX_VALUE), sizes.length, "absurdly large");
    if (median > 0) {
      float limit = Math.min(median * OUT_OF_LINE, ABSURD);
      int beyond = count(sizes, Math.nextUp(limit), Math.nextDown(ABSURD));
      say(messages, beyond, sizes.length, "more than 1000 times the median");
    }
    return messages;
  }

  private static void say(List<String> messages, int count, int all, String what) {
    if (count > 0) {
      messages.add("%s of %s scales are %s".formatted(count, all, what));
    }
  }

  private static int count(float[] sizes, float from, float to) {
    int count = 0;
    for (float size : sizes) {
      count += size >= from && size <= to ? 1 : 0;
    }
    return count;
  }
}
