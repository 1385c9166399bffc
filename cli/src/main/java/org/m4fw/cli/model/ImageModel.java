package org.m4fw.cli.model;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.checkpoint.Extent;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.host.text.Tokenizer;
import org.m4fw.image.ImageFile;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Section;

/** A component of an image with the graph for one target. */
final class ImageModel {
  private final ImageFile image;
  private final Section graph;

  private ImageModel(ImageFile image, Section graph) {
    this.image = image;
    this.graph = graph;
  }

  /**
   * Finds the component and graph asked for: the only component, and without a target the first
   * graph of it.
   */
  static ImageModel choose(ImageFile image, ModelRequest request) {
    if (request.scheme().isPresent()) {
      throw ModelError.ALREADY_QUANTIZED.at(image.path(), "");
    }
    List<Section> graphs =
        image.manifest().sections().stream()
            .filter(section -> section.role().equals(SectionRole.GRAPH.text()))
            .toList();
    List<String> components = graphs.stream().map(Section::module).distinct().toList();
    if (components.isEmpty()) {
      throw ModelError.NOT_A_MODEL.at(image.path(), "");
    }
    if (request.component().isEmpty() && components.size() > 1) {
      throw ModelError.COMPONENT_NEEDED.at(image.path(), "", String.join(", ", components));
    }
    String component = request.component().orElse(components.getFirst());
    if (!components.contains(component)) {
      throw ModelError.NO_SUCH_COMPONENT.at(
          image.path(), "", component, String.join(", ", components));
    }
    List<Section> candidates =
        graphs.stream().filter(section -> section.module().equals(component)).toList();
    return new ImageModel(
        image,
        candidates.stream()
            .filter(section -> request.target().map(section.targets()::contains).orElse(true))
            .findFirst()
            .orElseThrow(
                () ->
                    ModelError.NO_SUCH_TARGET.at(
                        image.path(),
                        component,
                        request.target().orElse(""),
                        String.join(
                            ", ",
                            candidates.stream().flatMap(s -> s.targets().stream()).toList()))));
  }

  /** Checks the sections that will be used against their digests; not who signed them. */
  void verify(Progress progress) {
    List<Section> used = new ArrayList<>();
    used.add(graph);
    find(SectionRole.WEIGHTS).map(MappedSection::section).ifPresent(used::add);
    find(SectionRole.TOKENIZER).map(MappedSection::section).ifPresent(used::add);
    image.verifyIntegrity(used, OrderedWork.onAllCores(), progress);
  }

  CompiledModel compiled() {
    byte[] onnx = image.section(graph.id()).bytes().toArray(ValueLayout.JAVA_BYTE);
    return CompiledModel.read("%s: %s".formatted(image.path(), graph.id()), onnx, this::dataFile);
  }

  Optional<Supplier<Tokenizer>> tokenizer() {
    return find(SectionRole.TOKENIZER)
        .map(
            section ->
                () ->
                    Tokenizer.open(
                        "%s: %s".formatted(image.path(), section.section().id()),
                        section.bytes().toArray(ValueLayout.JAVA_BYTE)));
  }

  /** Weights lie where the section of that name lies in the image. */
  private Extent dataFile(String location) {
    return image.sections().stream()
        .filter(section -> section.section().name().equals(location))
        .findFirst()
        .map(section -> new Extent(section.file(), section.offset(), section.length()))
        .orElseThrow(() -> ModelError.NO_SUCH_DATA.at(image.path(), graph.id(), location));
  }

  private Optional<MappedSection> find(SectionRole role) {
    return image.find(role.of(graph.module()).id());
  }
}
