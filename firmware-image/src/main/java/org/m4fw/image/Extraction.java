package org.m4fw.image;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;

/** Takes sections out of a container; what is written is exactly what was verified. */
public final class Extraction {
  private Extraction() {}

  /**
   * Writes each section to {@code <id>/<name>} in the directory, which the caller commits. The
   * names are safe: the manifest's rules allow no other directory, no {@code ..} and no device.
   *
   * @return the paths, relative to the directory, in the order of the sections
   * @throws ProblemException with an {@link ImageError} at the first section that does not verify
   */
  public static List<Path> extract(
      ImageFile image,
      List<Section> sections,
      OutputDirectory directory,
      OrderedWork work,
      Progress progress) {
    return extract(
        image,
        sections,
        section -> Path.of(section.id(), section.name().split("/", -1)),
        directory,
        work,
        progress);
  }

  /**
   * Writes each section to the place that is chosen for it.
   *
   * @param place relative to the directory and inside of it, another one for each section
   * @return the paths, relative to the directory, in the order of the sections
   * @throws ProblemException with an {@link ImageError} at the first section that does not verify
   */
  public static List<Path> extract(
      ImageFile image,
      List<Section> sections,
      Function<Section, Path> place,
      OutputDirectory directory,
      OrderedWork work,
      Progress progress) {
    List<Path> written = new ArrayList<>();
    long total = sections.stream().mapToLong(Section::length).sum();
    try (Progress.Stage stage = progress.stage("extract " + image.path().getFileName(), total)) {
      for (Section section : sections) {
        Path relative = place.apply(section);
        try (OutputFile file = OutputFile.create(directory.path().resolve(relative))) {
          image.check(section, work, stage, piece -> file.append(ByteBuffer.wrap(piece)));
          file.commit();
        }
        written.add(relative);
      }
    }
    return written;
  }
}
