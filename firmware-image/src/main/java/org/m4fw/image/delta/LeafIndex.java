package org.m4fw.image.delta;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;

/**
 * Finds blocks of an image by their hashes. Takes 16 to 32 bytes for each block, whatever is in it;
 * of equal blocks the first is found.
 */
final class LeafIndex {
  private static final long EMPTY = -1;

  /** More than honest hashes ever need; a tree may hold chosen ones, as no block is looked at. */
  private static final int MAX_PROBES = 256;

  private final List<Section> sections;
  private final List<LeafHashes> leaves = new ArrayList<>();
  private final long[] firsts;
  private final long[] table;

  /** A block of the image. */
  record Place(int section, long block) {}

  LeafIndex(ImageFile image) {
    this.sections = image.manifest().sections();
    this.firsts = new long[sections.size()];
    long blocks = 0;
    for (int i = 0; i < firsts.length; i++) {
      leaves.add(LeafHashes.of(image, sections.get(i)));
      firsts[i] = blocks;
      blocks += leaves.get(i).count();
    }
    this.table = new long[Math.toIntExact(Long.highestOneBit(Math.max(1, blocks)) << 2)];
    Arrays.fill(table, EMPTY);
    for (int i = 0; i < firsts.length; i++) {
      for (long block = 0; block < leaves.get(i).count(); block++) {
        add(i, block);
      }
    }
  }

  private void add(int section, long block) {
    LeafHashes hashes = leaves.get(section);
    for (int probe = 0; probe < MAX_PROBES; probe++) {
      int at = slot(hashes.start(block) + probe);
      if (table[at] == EMPTY) {
        table[at] = firsts[section] + block;
        return;
      }
      if (same(hashes, block, place(table[at]))) {
        return;
      }
    }
  }

  /** A block with the same bytes as this one. */
  Optional<Place> find(LeafHashes hashes, long block) {
    for (int probe = 0; probe < MAX_PROBES; probe++) {
      int at = slot(hashes.start(block) + probe);
      if (table[at] == EMPTY) {
        return Optional.empty();
      }
      Place there = place(table[at]);
      if (same(hashes, block, there)) {
        return Optional.of(there);
      }
    }
    return Optional.empty();
  }

  private boolean same(LeafHashes hashes, long block, Place there) {
    return hashes.same(block, leaves.get(there.section()), there.block());
  }

  LeafHashes hashes(int section) {
    return leaves.get(section);
  }

  List<Section> sections() {
    return sections;
  }

  private int slot(long start) {
    return (int) (start & (table.length - 1));
  }

  private Place place(long number) {
    int found = Arrays.binarySearch(firsts, number);
    int section = found >= 0 ? found : -found - 2;
    // Sections without blocks begin where the next one does.
    while (leaves.get(section).count() <= number - firsts[section]) {
      section++;
    }
    return new Place(section, number - firsts[section]);
  }
}
