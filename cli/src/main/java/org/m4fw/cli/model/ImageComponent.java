package org.m4fw.cli.model;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.graph.onnx.CompiledModel;
import org.m4fw.image.ImageFile;
import org.m4fw.image.MappedSection;
import org.m4fw.image.Section;

/**
 * A component of an image with graphs for one target. {@link #sections} are all that it is made of;
 * whoever uses it has to check them first.
 */
final class ImageComponent {
  private final ImageFile image;
  private final String name;
  private final List<Section> graphs;
  private final Set<String> files;

  private ImageComponent(ImageFile image, String name, List<Section> graphs, Set<String> files) {
    this.image = image;
    this.name = name;
    this.graphs = graphs;
    this.files = files;
  }

  /**
   * Finds a component.
   *
   * @param target whose graphs are meant; the first one if nobody says
   * @param parts which of the graphs are wanted, by the names of the parts
   * @param files which of the files that came with the model are wanted, if they are there
   */
  static ImageComponent of(
      ImageFile image,
      String name,
      Optional<String> target,
      Predicate<String> parts,
      Set<String> files) {
    List<Section> all = graphs(image).filter(section -> section.module().equals(name)).toList();
    List<String> lite =
        targets(sections(image, SectionRole.LITE_GRAPH).filter(s -> s.module().equals(name)));
    if (all.isEmpty() && lite.isEmpty()) {
      throw ModelError.NO_SUCH_COMPONENT.at(
          image.path(), "", name, String.join(", ", components(image)));
    }
    List<String> targets = targets(all.stream());
    String chosen = target.or(() -> targets.stream().findFirst()).orElseGet(lite::getFirst);
    if (lite.contains(chosen)) {
      throw ModelError.LITE_TARGET.at(
          image.path(), name, chosen, targets.isEmpty() ? "none" : String.join(", ", targets));
    }
    if (!targets.contains(chosen)) {
      throw ModelError.NO_SUCH_TARGET.at(image.path(), name, chosen, String.join(", ", targets));
    }
    return new ImageComponent(
        image,
        name,
        all.stream()
            .filter(section -> section.targets().contains(chosen))
            .filter(section -> parts.test(SectionRole.part(section)))
            .toList(),
        files);
  }

  /** The components that have graphs, in the order of the image. */
  static List<String> components(ImageFile image) {
    return Stream.concat(graphs(image), sections(image, SectionRole.LITE_GRAPH))
        .map(Section::module)
        .distinct()
        .toList();
  }

  private static Stream<Section> graphs(ImageFile image) {
    return sections(image, SectionRole.GRAPH);
  }

  private static Stream<Section> sections(ImageFile image, SectionRole role) {
    return image.manifest().sections().stream()
        .filter(section -> section.role().equals(role.text()));
  }

  private static List<String> targets(Stream<Section> sections) {
    return sections.flatMap(section -> section.targets().stream()).distinct().toList();
  }

  String name() {
    return name;
  }

  /** The graphs, their weights, and the files. */
  List<Section> sections() {
    List<Section> used = new ArrayList<>(graphs);
    image.manifest().section(SectionRole.WEIGHTS.of(name).id()).ifPresent(used::add);
    for (String file : files) {
      image.manifest().section(SectionRole.file(name, file).id()).ifPresent(used::add);
    }
    return used;
  }

  /** Loads the graphs; their weights stay where they are. */
  SequencedMap<String, CompiledModel> parts() {
    SequencedMap<String, CompiledModel> parts = new LinkedHashMap<>();
    for (Section graph : graphs) {
      parts.put(SectionRole.part(graph), ImageGraph.read(image, graph));
    }
    return parts;
  }

  /** One of the files, if it is there. */
  Optional<byte[]> file(String file) {
    return files.contains(file)
        ? image.find(SectionRole.file(name, file).id()).map(ImageComponent::bytes)
        : Optional.empty();
  }

  private static byte[] bytes(MappedSection section) {
    return section.bytes().toArray(ValueLayout.JAVA_BYTE);
  }
}
