package org.m4fw.cli.command;

import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.image.lazy.VerifiedSection;

/**
 * Checks of an image what a runtime checks when it opens it: each section's Merkle tree from the
 * root down, the first and the last block, and the leaves above those.
 */
final class LazyCheck {
  private static final int BLOCK = 4096;

  private LazyCheck() {}

  /**
   * Checks.
   *
   * @return the bytes that nobody has looked at yet
   */
  static long run(ImageFile file) {
    long unseen = 0;
    for (Section section : file.manifest().sections()) {
      VerifiedSection view = VerifiedSection.copied(file, section.id());
      if (section.length() > 0) {
        view.slice(0, 1);
        view.slice(section.length() - 1, 1);
      }
      unseen += Math.max(0, section.length() - 2L * BLOCK);
    }
    return unseen;
  }
}
