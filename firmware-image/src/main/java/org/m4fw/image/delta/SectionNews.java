package org.m4fw.image.delta;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Inspector;
import org.m4fw.image.Section;
import org.m4fw.image.verity.TreeShape;

/**
 * What of a section is new to who has another image, by the names that people have for its parts.
 *
 * @param newBytes that the other image has nowhere
 * @param parts those with new bytes, in the order of the section; empty if no inspector knows any
 */
public record SectionNews(Section section, long newBytes, List<PartNews> parts) {

  public SectionNews {
    parts = List.copyOf(parts);
  }

  /**
   * A part of a section.
   *
   * @param newBytes of it; whole blocks that it shares with its neighbours count with each of them
   */
  public record PartNews(Inspector.Part part, long newBytes) {}

  /** The sections of the new image that have new bytes, in its order. */
  public static List<SectionNews> between(
      ImageFile before, ImageFile after, List<Inspector> inspectors) {
    BlockMatch match = BlockMatch.between(before, after);
    List<SectionNews> news = new ArrayList<>();
    List<Section> sections = after.manifest().sections();
    for (int i = 0; i < sections.size(); i++) {
      Section section = sections.get(i);
      List<BlockMatch.NewBlocks> blocks = match.newBlocks(i);
      if (!blocks.isEmpty()) {
        news.add(
            new SectionNews(
                section, match.newBytes(section, i), parts(after, section, blocks, inspectors)));
      }
    }
    return news;
  }

  private static List<PartNews> parts(
      ImageFile image,
      Section section,
      List<BlockMatch.NewBlocks> blocks,
      List<Inspector> inspectors) {
    TreeMap<Long, Long> fresh = new TreeMap<>();
    for (BlockMatch.NewBlocks piece : blocks) {
      long from = piece.first() * TreeShape.BLOCK;
      fresh.put(from, from + Run.bytes(section.length(), piece.first(), piece.count()));
    }
    List<PartNews> news = new ArrayList<>();
    inspectors.stream()
        .flatMap(inspector -> inspector.parts(image, section).stream())
        .sorted(
            Comparator.comparingLong(Inspector.Part::offset).thenComparing(Inspector.Part::name))
        .forEach(
            part -> {
              long bytes = overlap(fresh, part.offset(), part.offset() + part.length());
              if (bytes > 0) {
                news.add(new PartNews(part, bytes));
              }
            });
    return news;
  }

  private static long overlap(TreeMap<Long, Long> fresh, long from, long to) {
    Long first = fresh.floorKey(from);
    long sum = 0;
    for (Map.Entry<Long, Long> piece :
        fresh.subMap(first == null ? from : first, true, to, false).entrySet()) {
      sum += Math.max(0, Math.min(to, piece.getValue()) - Math.max(from, piece.getKey()));
    }
    return sum;
  }

  /** New bytes by group, in the order in which the groups begin. */
  public Map<String, Long> groups() {
    Map<String, Long> groups = new java.util.LinkedHashMap<>();
    for (PartNews part : parts) {
      groups.merge(part.part().group(), part.newBytes(), Long::sum);
    }
    return groups;
  }
}
