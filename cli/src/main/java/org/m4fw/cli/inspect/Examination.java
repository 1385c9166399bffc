package org.m4fw.cli.inspect;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Inspector;
import org.m4fw.image.Section;

/** What those say who know what sections mean, about all sections of an image. */
public final class Examination {
  private static final List<Inspector> INSPECTORS =
      List.of(new ScaleInspector(), new AnswerInspector());

  private Examination() {}

  /**
   * Examines an image whose sections were found to be what was signed.
   *
   * @return what is odd, in the order of the sections
   * @throws org.m4fw.base.problem.ProblemException with a {@link SanityError} or what else is
   *     broken
   */
  public static List<Inspector.Oddity> of(ImageFile image) {
    List<Inspector.Oddity> oddities = new ArrayList<>();
    for (Section section : image.manifest().sections()) {
      INSPECTORS.forEach(inspector -> oddities.addAll(inspector.examine(image, section)));
    }
    return List.copyOf(oddities);
  }

  /**
   * Tries what can be tried of an image whose sections were found to be what was signed.
   *
   * @return in the order of the sections
   * @throws org.m4fw.base.problem.ProblemException with a {@link
   *     org.m4fw.cli.answer.KnownAnswerError} or what else does not work
   */
  public static List<Inspector.Trial> run(ImageFile image) {
    List<Inspector.Trial> trials = new ArrayList<>();
    for (Section section : image.manifest().sections()) {
      INSPECTORS.forEach(inspector -> trials.addAll(inspector.run(image, section)));
    }
    return List.copyOf(trials);
  }
}
