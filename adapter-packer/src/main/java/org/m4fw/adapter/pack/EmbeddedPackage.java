package org.m4fw.adapter.pack;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.image.ImageFile;
import org.m4fw.image.MappedSection;

/**
 * A package that is delivered within a firmware image: what its manifest said is the section {@code
 * adapter.ID}, its sections are {@code adapter.ID.SECTION}. Whether these are whole is checked by
 * whoever opens the image.
 *
 * @param payload valid until the image is closed
 */
public record EmbeddedPackage(
    String id, String version, PackageContent content, PackagePayload payload) {
  private static final String PREFIX = "adapter.";

  /** The ids of the sections that are read. */
  public static List<String> sections(String id) {
    return List.of(description(id), weights(id));
  }

  /** The id of the section that says what the adapter is. */
  public static String description(String id) {
    return PREFIX + id;
  }

  private static String weights(String id) {
    return description(id) + "." + PackageWriter.WEIGHTS;
  }

  /** What the adapter says about itself. */
  public static PackageContent content(ImageFile image, String id) {
    return PackageContentJson.read(fields(image, id).object("content"));
  }

  /**
   * Reads the adapter.
   *
   * @throws org.m4fw.base.problem.ProblemException with a {@link PackageError} or an error of the
   *     image or the weights
   */
  public static EmbeddedPackage read(ImageFile image, String id) {
    PackageContent content = content(image, id);
    return new EmbeddedPackage(
        id,
        fields(image, id).string("version"),
        content,
        PackageWeights.of(image.section(weights(id)), content).payload());
  }

  private static Fields fields(ImageFile image, String id) {
    MappedSection section = image.section(description(id));
    String name = "%s: %s".formatted(image.path(), section.section().id());
    return Fields.of(name, StrictJson.parse(name, section.bytes().toArray(ValueLayout.JAVA_BYTE)));
  }
}
