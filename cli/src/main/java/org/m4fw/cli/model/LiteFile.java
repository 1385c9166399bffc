package org.m4fw.cli.model;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.json.Fields;
import org.m4fw.cli.pipeline.SectionRole;
import org.m4fw.graph.tflite.LiteModel;
import org.m4fw.graph.tflite.LiteReader;
import org.m4fw.graph.tflite.LiteWriter;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;

/**
 * A .tflite file of an image: two sections, one behind the other.
 *
 * @param part of the component
 * @param target that runs it
 * @param head the file without its weights
 * @param weights of the component
 */
public record LiteFile(
    String component, String part, String target, Section head, Section weights) {

  /**
   * All that the manifest names.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link ModelError} if it names sections
   *     that cannot be one
   */
  public static List<LiteFile> of(ImageFile image) {
    List<LiteFile> files = new ArrayList<>();
    Fields content = Fields.of(image.path().toString(), image.manifest().content());
    for (Fields component : content.objects("components")) {
      for (Fields file : component.objects("files")) {
        files.add(file(image, component.string("name"), file));
      }
    }
    return files;
  }

  private static LiteFile file(ImageFile image, String component, Fields file) {
    List<String> ids = file.strings("sections");
    if (ids.size() != 2) {
      throw ModelError.NOT_A_FILE.at(image.path(), component, String.join(", ", ids));
    }
    Section head = section(image, component, ids.get(0), SectionRole.LITE_GRAPH);
    Section weights = section(image, component, ids.get(1), SectionRole.WEIGHTS);
    if (head.length() == 0 || head.length() % LiteWriter.PAGE != 0) {
      throw ModelError.NOT_WHOLE_PAGES.at(image.path(), head.id(), head.length(), LiteWriter.PAGE);
    }
    return new LiteFile(component, file.string("part"), file.string("target"), head, weights);
  }

  private static Section section(ImageFile image, String component, String id, SectionRole role) {
    Optional<Section> found = image.manifest().section(id);
    return found
        .filter(section -> section.role().equals(role.text()))
        .filter(section -> section.module().equals(component))
        .orElseThrow(() -> ModelError.NOT_A_FILE.at(image.path(), component, id));
  }

  /** The name of the whole file. */
  public String name() {
    String name = head.name();
    return name.endsWith(".head") ? name.substring(0, name.length() - 5) : name + ".tflite";
  }

  /**
   * What is in it; buffers at the head's length or later are in the section of the weights.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link org.m4fw.graph.tflite.LiteError}
   */
  public LiteModel read(ImageFile image) {
    return LiteReader.read(
        "%s: %s".formatted(image.path(), head.id()),
        image.section(head.id()).bytes(),
        weights.length());
  }

  /** The bytes of the whole file, in the order in which they lie. */
  public List<MemorySegment> bytes(ImageFile image) {
    return List.of(image.section(head.id()).bytes(), image.section(weights.id()).bytes());
  }
}
