package org.m4fw.image;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.m4fw.base.digest.Digest;

/**
 * What a container says it holds. Its structure was checked, neither its signatures nor its
 * sections.
 *
 * @param size of the file in bytes
 * @param keyIds of the signatures; hints
 */
public record ImageListing(
    Path file,
    Digest imageId,
    long size,
    Manifest manifest,
    List<String> keyIds,
    List<Line> lines) {

  /**
   * One section.
   *
   * @param explanation empty if no inspector knows the section
   */
  public record Line(Section section, Optional<Inspector.Explanation> explanation) {}

  /** Lists a container; the first inspector that knows a section explains it. */
  public static ImageListing of(ImageFile image, List<Inspector> inspectors) {
    return new ImageListing(
        image.path(),
        image.imageId(),
        image.size(),
        image.manifest(),
        image.envelope().signatures().stream().map(Envelope.Signature::keyId).toList(),
        image.sections().stream().map(section -> line(image, section, inspectors)).toList());
  }

  private static Line line(ImageFile image, MappedSection section, List<Inspector> inspectors) {
    return new Line(
        section.section(),
        inspectors.stream()
            .flatMap(inspector -> inspector.explain(image.manifest(), section).stream())
            .findFirst());
  }
}
