package org.m4fw.cli.export;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.Extraction;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;

/**
 * The sections of an image as files below {@code content/}, each verified while it is written, and
 * its envelope beside them in {@code META-INF/}, so that a device finds the signed manifest with
 * the digests of the files. Section names have no upper case, so nothing can be named like it.
 */
public final class ContentLayout {
  /** The directory with everything that a device gets. */
  public static final String CONTENT = "content";

  static final String ENVELOPE = "META-INF/envelope.json";

  private ContentLayout() {}

  /**
   * A file of the layout.
   *
   * @param path relative to {@link #CONTENT}, with {@code /}
   */
  public record Placed(Section section, String path) {}

  /** Writes the files into a directory that the caller commits; sorted by path. */
  public static List<Placed> write(
      ImageFile image, List<Section> sections, OutputDirectory directory, Progress progress) {
    boolean flat = sections.stream().map(Section::name).distinct().count() == sections.size();
    Function<Section, String> place =
        section -> flat ? section.name() : section.id() + "/" + section.name();
    Extraction.extract(
        image,
        sections,
        section -> Path.of(CONTENT, place.apply(section).split("/", -1)),
        directory,
        OrderedWork.onAllCores(),
        progress);
    OutputFile.write(directory.path().resolve(CONTENT).resolve(ENVELOPE), image.envelope().bytes());
    List<Placed> placed = new ArrayList<>();
    sections.forEach(section -> placed.add(new Placed(section, place.apply(section))));
    placed.sort(java.util.Comparator.comparing(Placed::path));
    return List.copyOf(placed);
  }
}
