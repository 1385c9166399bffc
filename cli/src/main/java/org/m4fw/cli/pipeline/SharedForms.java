package org.m4fw.cli.pipeline;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.file.OutputFile;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.onnx.StoredForm;
import org.m4fw.graph.tflite.Content;
import org.m4fw.graph.tflite.Conversion;
import org.m4fw.targets.Operator;
import org.m4fw.targets.Target;

/**
 * The weights of a component in the forms that .tflite files want, so that all targets of an image
 * read the same bytes: LiteRT reads only its own form, ONNX Runtime turns it back when it loads a
 * graph (docs/decisions/0006).
 */
final class SharedForms {
  private static final int ALIGNMENT = 64;

  private final SequencedMap<Content.Stored, Extent> made = new LinkedHashMap<>();
  private final SequencedMap<Extent, StoredForm> forms = new LinkedHashMap<>();

  private SharedForms() {}

  /**
   * Makes all forms that are wanted, in a file of working data.
   *
   * @param resources closes the file
   */
  static SharedForms of(String component, List<LiteTargetModel> models, Resources resources) {
    SharedForms forms = new SharedForms();
    OutputFile file = OutputFile.scratch(component + ".forms");
    resources.add(file::close);
    for (LiteTargetModel model : models) {
      for (LiteTargetModel.Part part : model.parts()) {
        part.file().converted().forEach(content -> forms.make(content, file));
      }
    }
    return forms;
  }

  private void make(Content.Stored content, OutputFile file) {
    if (made.containsKey(content)) {
      return;
    }
    file.align(ALIGNMENT);
    Extent extent = new Extent(file.temporaryPath(), file.position(), content.size());
    Extent source = content.extent();
    try (MappedFile mapped = MappedFile.open(source.file())) {
      content.conversion().append(mapped.segment().asSlice(source.offset(), source.length()), file);
    }
    made.put(content, extent);
    switch (content.conversion()) {
      case Conversion.SignedNibbles nibbles ->
          forms.putIfAbsent(source, new StoredForm.TurnedNibbles(extent));
      case Conversion.Permutation(int bytes, List<Long> dims, List<Integer> order) ->
          forms.putIfAbsent(source, new StoredForm.OtherAxes(extent, dims, order));
      // Nobody else reads these.
      case Conversion.Widening widening -> {}
      case Conversion.None none -> {}
    }
  }

  /** Files that read the forms as they are stored. */
  LiteTargetModel apply(LiteTargetModel model) {
    return model.with(
        model.parts().stream()
            .map(
                part ->
                    new LiteTargetModel.Part(
                        part.name(),
                        part.file().reading(made),
                        part.ways().stream().map(way -> apply(way, model.host())).toList(),
                        part.activations()))
            .toList());
  }

  private LiteTargetModel.Way apply(LiteTargetModel.Way way, Target host) {
    return new LiteTargetModel.Way(
        way.bucket(), way.host().map(graph -> apply(graph, host)), way.rewrites());
  }

  /** Graphs that turn the forms back, if the target's runtime does that at load. */
  TargetModel apply(TargetModel model) {
    SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
    model.parts().forEach((part, graph) -> parts.put(part, apply(graph, model.target())));
    return new TargetModel(
        model.target(), parts, model.weights(), model.report(), model.activations());
  }

  private CompiledModel apply(CompiledModel graph, Target target) {
    return forms.isEmpty() || !target.supports(Operator.ONNX, "BitwiseXor")
        ? graph
        : graph.reading(forms);
  }

  /** Which form a weight has, by where it is without; empty if it is shared as it is. */
  Map<Extent, StoredForm> byOrigin() {
    return Collections.unmodifiableMap(forms);
  }
}
