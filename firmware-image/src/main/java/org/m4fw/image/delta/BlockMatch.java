package org.m4fw.image.delta;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Section;
import org.m4fw.image.verity.TreeShape;

/**
 * Which blocks of a new image an old one has already, by the leaves of the Merkle trees alone; the
 * sections' bytes are not looked at. A run goes on as long as it can; otherwise a block is looked
 * for at the same place of the section with the same id, and then anywhere.
 */
public final class BlockMatch {
  private final LeafIndex old;
  private final List<List<Run>> runs = new ArrayList<>();
  private final List<LeafHashes> hashes = new ArrayList<>();

  private BlockMatch(LeafIndex old) {
    this.old = old;
  }

  /**
   * Compares two images.
   *
   * @throws org.m4fw.base.problem.ProblemException with an {@link org.m4fw.image.ImageError} if a
   *     tree is damaged
   */
  public static BlockMatch between(ImageFile before, ImageFile after) {
    BlockMatch match = new BlockMatch(new LeafIndex(before));
    for (Section section : after.manifest().sections()) {
      LeafHashes hashes = LeafHashes.of(after, section);
      match.hashes.add(hashes);
      match.runs.add(match.runs(section, hashes));
    }
    return match;
  }

  private List<Run> runs(Section section, LeafHashes hashes) {
    int twin = twin(section);
    List<Run> found = new ArrayList<>();
    Optional<Run> open = Optional.empty();
    for (long block = 0; block < hashes.count(); block++) {
      Run next = run(hashes, block, open, twin);
      if (open.isPresent() && open.get().continues(next.source(), next.first())) {
        open = Optional.of(open.get().longer());
      } else {
        open.ifPresent(found::add);
        open = Optional.of(next);
      }
    }
    open.ifPresent(found::add);
    return List.copyOf(found);
  }

  private Run run(LeafHashes hashes, long block, Optional<Run> open, int twin) {
    if (open.isPresent() && !open.get().literal()) {
      Run run = open.get();
      long next = run.first() + run.count();
      if (hashes.same(block, old.hashes(run.source()), next)) {
        return new Run(run.source(), 1, next);
      }
    }
    if (twin >= 0 && hashes.same(block, old.hashes(twin), block)) {
      return new Run(twin, 1, block);
    }
    return old.find(hashes, block)
        .map(place -> new Run(place.section(), 1, place.block()))
        .orElse(new Run(Run.LITERAL, 1, 0));
  }

  private int twin(Section section) {
    for (int i = 0; i < old.sections().size(); i++) {
      if (old.sections().get(i).id().equals(section.id())) {
        return i;
      }
    }
    return -1;
  }

  /** The runs of a section of the new image; their sources are sections of the old one. */
  List<Run> runs(int section) {
    return runs.get(section);
  }

  LeafHashes hashes(int section) {
    return hashes.get(section);
  }

  /** A piece of a section of the new image that the old one does not have, in blocks. */
  public record NewBlocks(long first, long count) {}

  /** What of a section of the new image is new, in order. */
  public List<NewBlocks> newBlocks(int section) {
    List<NewBlocks> found = new ArrayList<>();
    long block = 0;
    for (Run run : runs.get(section)) {
      if (run.literal()) {
        found.add(new NewBlocks(block, run.count()));
      }
      block += run.count();
    }
    return found;
  }

  /** How many bytes of a section of the new image are new. */
  public long newBytes(Section section, int index) {
    return newBlocks(index).stream()
        .mapToLong(piece -> Run.bytes(section.length(), piece.first(), piece.count()))
        .sum();
  }

  /** The size of a block in bytes. */
  public static int blockSize() {
    return TreeShape.BLOCK;
  }
}
