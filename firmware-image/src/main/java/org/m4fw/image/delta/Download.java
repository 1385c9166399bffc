package org.m4fw.image.delta;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Manifest;
import org.m4fw.image.Section;
import org.m4fw.image.SignedManifest;
import org.m4fw.image.verity.TreeShape;

/**
 * Which bytes of an image a device has to fetch: all before the first section, then trees and data
 * of the sections that it needs. Each is verified as it arrives: the manifest by its signatures, a
 * tree by the manifest, data by the tree.
 *
 * @param sections that are needed
 * @param ranges in ascending order, none touching another
 * @param total in bytes
 */
public record Download(List<Section> sections, List<Range> ranges, long total) {
  /** A gap of so few bytes is fetched, too, rather than asked for anew. */
  private static final long GAP = 64 << 10;

  public Download {
    sections = List.copyOf(sections);
    ranges = List.copyOf(ranges);
  }

  /** Bytes of the image's file. */
  public record Range(long offset, long length) {
    long end() {
      return offset + length;
    }
  }

  /** All that a target needs, by the first bytes of the image alone. */
  public static Download of(SignedManifest image, String target) {
    return of(image, target, section -> false);
  }

  /**
   * What is left for a device that has another image: sections that this has, too, are not fetched.
   * Needs no more than the first bytes of both.
   */
  public static Download of(SignedManifest image, String target, SignedManifest present) {
    return of(
        image,
        target,
        section ->
            present.manifest().sections().stream()
                .anyMatch(
                    there ->
                        there.fsv().equals(section.fsv()) && there.length() == section.length()));
  }

  private static Download of(SignedManifest image, String target, Predicate<Section> isPresent) {
    Manifest manifest = image.manifest();
    List<Section> needed = needed(manifest, target);
    List<Range> ranges = new ArrayList<>();
    ranges.add(front(manifest));
    for (Section section : needed) {
      if (!isPresent.test(section)) {
        ranges.add(tree(section));
        ranges.add(new Range(section.offset(), section.length()));
      }
    }
    return merged(needed, ranges);
  }

  /**
   * What is left, block by block, for a device that has another image. Needs the trees of both, so
   * that only who has both images whole can tell; a device fetches the trees first.
   */
  public static Download of(ImageFile image, String target, ImageFile present) {
    BlockMatch match = BlockMatch.between(present, image);
    Manifest manifest = image.manifest();
    List<Section> needed = needed(manifest, target);
    List<Range> ranges = new ArrayList<>();
    ranges.add(front(manifest));
    for (int i = 0; i < manifest.sections().size(); i++) {
      Section section = manifest.sections().get(i);
      List<BlockMatch.NewBlocks> pieces = match.newBlocks(i);
      if (!needed.contains(section) || pieces.isEmpty()) {
        continue;
      }
      ranges.add(tree(section));
      for (BlockMatch.NewBlocks piece : pieces) {
        ranges.add(
            new Range(
                section.offset() + piece.first() * TreeShape.BLOCK,
                Run.bytes(section.length(), piece.first(), piece.count())));
      }
    }
    return merged(needed, ranges);
  }

  private static List<Section> needed(Manifest manifest, String target) {
    return manifest.sections().stream()
        .filter(section -> section.targets().isEmpty() || section.targets().contains(target))
        .toList();
  }

  private static Range front(Manifest manifest) {
    return new Range(0, manifest.layout().firstSectionOffset());
  }

  private static Range tree(Section section) {
    return new Range(section.treeOffset(), section.treeLength());
  }

  private static Download merged(List<Section> sections, Collection<Range> ranges) {
    List<Range> merged = new ArrayList<>();
    for (Range range : ranges) {
      if (range.length() == 0) {
        continue;
      }
      if (!merged.isEmpty() && range.offset() - merged.getLast().end() <= GAP) {
        Range last = merged.removeLast();
        merged.add(new Range(last.offset(), range.end() - last.offset()));
      } else {
        merged.add(range);
      }
    }
    return new Download(sections, merged, merged.stream().mapToLong(Range::length).sum());
  }

  /** The value of an HTTP header {@code Range}: {@code bytes=0-99,200-299}. */
  public String httpRange() {
    StringBuilder text = new StringBuilder("bytes=");
    for (Range range : ranges) {
      text.append(range.offset()).append('-').append(range.end() - 1).append(',');
    }
    return text.substring(0, text.length() - 1);
  }
}
