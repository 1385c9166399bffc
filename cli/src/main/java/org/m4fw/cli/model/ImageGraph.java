package org.m4fw.cli.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.m4fw.checkpoint.Extent;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.image.ImageFile;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Section;

/** One graph of an image, whoever wants to look at it rather than run it. */
public final class ImageGraph {
  private ImageGraph() {}

  /**
   * Reads a section of the role {@link SectionRole#GRAPH}.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link org.m4fw.graph.onnx.OnnxError} or
   *     {@link ModelError}
   */
  public static CompiledModel read(ImageFile image, Section graph) {
    return CompiledModel.read(
        "%s: %s".formatted(image.path(), graph.id()),
        image.section(graph.id()).bytes().toArray(ValueLayout.JAVA_BYTE),
        location -> dataFile(image, graph.module(), location));
  }

  /** A component's graphs read its own weights, and no other section. */
  static Extent dataFile(ImageFile image, String component, String location) {
    return image
        .find(SectionRole.WEIGHTS.of(component).id())
        .filter(section -> section.section().name().equals(location))
        .map(section -> new Extent(section.file(), section.offset(), section.length()))
        .orElseThrow(() -> ModelError.NO_SUCH_DATA.at(image.path(), component, location));
  }

  /** The bytes of an extent of the graph's weights. */
  public static MemorySegment bytes(ImageFile image, Section graph, Extent extent) {
    MappedSection weights = image.section(SectionRole.WEIGHTS.of(graph.module()).id());
    return weights.bytes().asSlice(extent.offset() - weights.offset(), extent.length());
  }
}
