package org.m4fw.cli.model;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.m4fw.checkpoint.Extent;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.graph.tflite.Content;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Inspector;
import org.m4fw.image.Manifest;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Section;

/** Knows which tensors lie where in an image's weights: from the graphs that read them. */
public final class TensorInspector implements Inspector {
  /** Up to the first number: {@code model.layers.12}, {@code vision.blocks.3}. */
  private static final Pattern LAYER = Pattern.compile("^(.*?\\.\\d+)(?:\\.|$)");

  @Override
  public Optional<Explanation> explain(Manifest manifest, MappedSection section) {
    return Optional.empty();
  }

  @Override
  public List<Part> parts(ImageFile image, Section section) {
    if (!section.role().equals(SectionRole.WEIGHTS.text())) {
      return List.of();
    }
    Set<Long> seen = new TreeSet<>();
    List<Part> parts = new ArrayList<>();
    for (Section graph : image.manifest().sections()) {
      if (graph.role().equals(SectionRole.GRAPH.text())
          && graph.module().equals(section.module())) {
        read(image, graph, section)
            .externals()
            .forEach(
                (name, extent) -> {
                  // Several graphs read the same weights.
                  if (seen.add(extent.offset() - section.offset())) {
                    parts.add(
                        new Part(
                            name,
                            layer(name),
                            extent.offset() - section.offset(),
                            extent.length()));
                  }
                });
      }
    }
    for (LiteFile file : LiteFile.of(image)) {
      if (file.weights().equals(section)) {
        lite(file.read(image), file.head().length(), seen, parts);
      }
    }
    return parts;
  }

  /** Weights that only .tflite files read. */
  private static void lite(LiteModel model, long head, Set<Long> seen, List<Part> parts) {
    for (LiteModel.Signature signature : model.signatures()) {
      for (LiteModel.Tensor tensor : signature.tensors()) {
        if (model.buffers().get(tensor.buffer()) instanceof Content.Within(long offset, long size)
            && offset >= head
            && seen.add(offset - head)) {
          parts.add(new Part(tensor.name(), layer(tensor.name()), offset - head, size));
        }
      }
    }
  }

  private static CompiledModel read(ImageFile image, Section graph, Section weights) {
    return CompiledModel.read(
        "%s: %s".formatted(image.path(), graph.id()),
        image.section(graph.id()).bytes().toArray(ValueLayout.JAVA_BYTE),
        location -> {
          if (!location.equals(weights.name())) {
            throw ModelError.NO_SUCH_DATA.at(image.path(), graph.id(), location);
          }
          return new Extent(image.path(), weights.offset(), weights.length());
        });
  }

  private static String layer(String tensor) {
    Matcher matcher = LAYER.matcher(tensor);
    return matcher.find() ? matcher.group(1) : tensor;
  }
}
