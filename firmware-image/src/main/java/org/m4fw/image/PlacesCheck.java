package org.m4fw.image;

import org.m4fw.image.framing.ContainerLayout;
import org.m4fw.image.framing.Entry;
import org.m4fw.image.verity.TreeShape;

/**
 * Checks the places that a manifest names: inside the file, aligned, one after the other, and
 * exactly where the canonical layout has them. All sums are overflow-safe: a place is first
 * compared with the bounds, and only then added to.
 */
final class PlacesCheck {
  private final String file;
  private final Manifest manifest;

  private PlacesCheck(String file, Manifest manifest) {
    this.file = file;
    this.manifest = manifest;
  }

  /**
   * Checks.
   *
   * @param slot the envelope slot as the header has it
   */
  static void check(String file, Manifest manifest, long fileSize, long slot) {
    LayoutHints layout = manifest.layout();
    PlacesCheck check = new PlacesCheck(file, manifest);
    check.layoutField("file_size", layout.fileSize(), fileSize);
    check.layoutField("envelope_slot", layout.envelopeSlot(), slot);
    if (layout.centralDirectoryOffset() > fileSize) {
      throw ImageError.SECTION_OUT_OF_BOUNDS.at(
          file, "central directory", layout.centralDirectoryOffset(), 0, 0, fileSize);
    }
    check.sections();
    check.canonical();
  }

  private void sections() {
    LayoutHints layout = manifest.layout();
    long end = layout.firstSectionOffset();
    for (Section section : manifest.sections()) {
      long treeLength = TreeShape.of(section.length()).length();
      if (section.treeLength() != treeLength) {
        throw ImageError.TREE_LENGTH.at(
            file, treeName(section), section.treeLength(), section.length(), treeLength);
      }
      end = place(treeName(section), section.treeOffset(), treeLength, TreeShape.BLOCK, end);
      end =
          place(
              "section " + section.id(),
              section.offset(),
              section.length(),
              1L << layout.log2Align(),
              end);
    }
  }

  /** Checks one place and gives its end. */
  private long place(String item, long offset, long length, long alignment, long after) {
    LayoutHints layout = manifest.layout();
    long limit = layout.centralDirectoryOffset();
    if (offset % alignment != 0) {
      throw ImageError.SECTION_MISALIGNED.at(file, item, offset, alignment);
    }
    if (offset < layout.firstSectionOffset() || offset > limit || length > limit - offset) {
      throw ImageError.SECTION_OUT_OF_BOUNDS.at(
          file, item, offset, length, layout.firstSectionOffset(), limit);
    }
    if (offset < after) {
      throw ImageError.SECTION_OVERLAP.at(file, item, offset, after);
    }
    return offset + length;
  }

  private void canonical() {
    ContainerLayout layout = manifest.derivedLayout();
    LayoutHints stated = manifest.layout();
    layoutField("first_section_offset", stated.firstSectionOffset(), layout.firstSectionOffset());
    for (int i = 0; i < manifest.sections().size(); i++) {
      Section section = manifest.sections().get(i);
      placed(treeName(section), section.treeOffset(), layout.tree(i));
      placed("section " + section.id(), section.offset(), layout.data(i));
    }
    layoutField(
        "central_directory_offset",
        stated.centralDirectoryOffset(),
        layout.centralDirectoryOffset());
    layoutField(
        "central_directory_length",
        stated.centralDirectoryLength(),
        layout.centralDirectoryLength());
    layoutField("file_size", stated.fileSize(), layout.fileSize());
  }

  private void placed(String item, long found, Entry expected) {
    if (found != expected.contentOffset()) {
      throw ImageError.SECTION_MISPLACED.at(file, item, found, expected.contentOffset());
    }
  }

  private void layoutField(String name, long found, long expected) {
    if (found != expected) {
      throw ImageError.LAYOUT_FIELD.at(file, "manifest: layout." + name, found, expected);
    }
  }

  private static String treeName(Section section) {
    return "tree of section " + section.id();
  }
}
