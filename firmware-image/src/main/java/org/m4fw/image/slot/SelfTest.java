package org.m4fw.image.slot;

import org.m4fw.image.ImageFile;

/**
 * Whether an image works on this machine, beyond being what was signed: it gives its known answers.
 * The command line knows what those are (it registers an {@link org.m4fw.image.Inspector}); without
 * it there is {@link #NONE}.
 */
public interface SelfTest {
  /** For devices that cannot run anything; integrity is checked anyway. */
  SelfTest NONE = image -> {};

  /**
   * Tries an image whose signatures and sections have been verified.
   *
   * @throws org.m4fw.base.problem.ProblemException if it gives another answer
   */
  void run(ImageFile image);
}
