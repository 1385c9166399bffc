package org.m4fw.image;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.m4fw.image.framing.ContainerLayout;
import tools.jackson.databind.JsonNode;

/**
 * What is signed: the whole description of a container. Its canonical JSON ({@link ManifestJson})
 * is the payload of the envelope, and the SHA-256 of that is the image id.
 *
 * @param content what firmware-image does not interpret; a JSON object without floats
 */
public record Manifest(
    Kind kind,
    String product,
    String version,
    long build,
    Rollback rollback,
    LayoutHints layout,
    List<Section> sections,
    List<RequiredSignature> requiredSignatures,
    boolean development,
    OptionalLong created,
    JsonNode content) {

  public Manifest {
    sections = List.copyOf(sections);
    requiredSignatures = List.copyOf(requiredSignatures);
    content = content.deepCopy();
  }

  static Manifest of(ImageDraft draft, LayoutHints layout, List<Section> sections) {
    return new Manifest(
        draft.kind(),
        draft.product(),
        draft.version(),
        draft.build(),
        draft.rollback(),
        layout,
        sections,
        draft.requiredSignatures(),
        draft.development(),
        draft.created(),
        draft.content());
  }

  /** A copy, as JSON nodes can be changed and a manifest cannot. */
  @Override
  public JsonNode content() {
    return content.deepCopy();
  }

  public Optional<Section> section(String id) {
    return sections.stream().filter(section -> section.id().equals(id)).findFirst();
  }

  /** The layout that follows from the names and lengths of the sections. */
  ContainerLayout derivedLayout() {
    return ContainerLayout.of(
        layout.log2Align(),
        layout.envelopeSlot(),
        sections.stream()
            .map(
                section ->
                    new ContainerLayout.Shape(section.id(), section.name(), section.length()))
            .toList());
  }
}
