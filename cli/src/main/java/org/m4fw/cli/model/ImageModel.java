package org.m4fw.cli.model;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
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

/** A component of an image with its graphs for one target. */
final class ImageModel {
  private final ImageFile image;
  private final String component;
  private final List<Section> graphs;

  private ImageModel(ImageFile image, String component, List<Section> graphs) {
    this.image = image;
    this.component = component;
    this.graphs = graphs;
  }

  /**
   * Finds the component and target asked for: without a choice the only component, and the first
   * target of it.
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
    String first = candidates.getFirst().targets().getFirst();
    String target = request.target().orElse(first);
    List<Section> chosen =
        candidates.stream().filter(section -> section.targets().contains(target)).toList();
    if (chosen.isEmpty()) {
      List<String> there =
          candidates.stream().flatMap(section -> section.targets().stream()).distinct().toList();
      throw ModelError.NO_SUCH_TARGET.at(image.path(), component, target, String.join(", ", there));
    }
    return new ImageModel(image, component, chosen);
  }

  /** Checks the sections that will be used against their digests; not who signed them. */
  void verify(Progress progress) {
    List<Section> used = new ArrayList<>(graphs);
    find(SectionRole.WEIGHTS).map(MappedSection::section).ifPresent(used::add);
    find(SectionRole.TOKENIZER).map(MappedSection::section).ifPresent(used::add);
    image.verifyIntegrity(used, OrderedWork.onAllCores(), progress);
  }

  SequencedMap<String, CompiledModel> parts() {
    SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
    for (Section graph : graphs) {
      byte[] onnx = image.section(graph.id()).bytes().toArray(ValueLayout.JAVA_BYTE);
      String name = "%s: %s".formatted(image.path(), graph.id());
      parts.put(SectionRole.part(graph), CompiledModel.read(name, onnx, this::dataFile));
    }
    return parts;
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
        .orElseThrow(() -> ModelError.NO_SUCH_DATA.at(image.path(), component, location));
  }

  private Optional<MappedSection> find(SectionRole role) {
    return image.find(role.of(component).id());
  }
}
