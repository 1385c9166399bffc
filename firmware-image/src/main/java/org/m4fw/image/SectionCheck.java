package org.m4fw.image;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.verity.FsVerity;
import org.m4fw.image.verity.TreeCheck;
import org.m4fw.image.verity.TreeShape;

/**
 * Checks a section against its manifest entry: Merkle tree from the root down, then each block of
 * data against the tree, then the CRCs, which protect nothing but must not mislead ZIP tools.
 */
final class SectionCheck {
  private final Path file;
  private final Section section;
  private final SectionData data;
  private final MemorySegment tree;
  private final TreeShape shape;
  private final TreeCheck check;
  private final OrderedWork work;
  private final Progress.Stage stage;

  SectionCheck(
      Path file, MappedSection mapped, MemorySegment tree, OrderedWork work, Progress.Stage stage) {
    this.file = file;
    this.section = mapped.section();
    this.data = new SectionData(List.of(mapped.bytes()));
    this.tree = tree;
    this.shape = TreeShape.of(section.length());
    this.check = new TreeCheck(shape, tree);
    this.work = work;
    this.stage = stage;
  }

  /**
   * Checks.
   *
   * @param verified gets the data, piece by piece in order, each after it was found to match the
   *     tree
   */
  void run(Consumer<byte[]> verified) {
    if (!shape.levelBlocks().isEmpty()) {
      digest(check.digest());
      refuse(check.firstWrongUpperBlock());
    }
    CRC32 crc = new CRC32();
    SectionData.workers(work, data.length())
        .run(
            data.pieces(),
            this::piece,
            piece -> {
              crc.update(piece);
              verified.accept(piece);
              stage.advance(piece.length);
            });
    if (section.length() == 0) {
      digest(TreeCheck.digestWithoutTree(new byte[0], 0));
    }
    checksum("section " + section.id(), section.crc32(), crc);
    CRC32 ofTree = new CRC32();
    SectionData treeBytes = new SectionData(List.of(tree));
    treeBytes.pieces().forEach(piece -> ofTree.update(treeBytes.read(piece)));
    checksum(treeName(), section.treeCrc32(), ofTree);
  }

  /** Checks one piece of data and the leaf blocks above it; gives the data on. */
  private byte[] piece(int index) {
    byte[] bytes = data.read(index);
    byte[] hashes = FsVerity.blockHashes(bytes, bytes.length);
    if (shape.levelBlocks().isEmpty()) {
      digest(TreeCheck.digestWithoutTree(hashes, section.length()));
      return bytes;
    }
    long firstBlock = SectionData.offsetOf(index) / TreeShape.BLOCK;
    refuse(check.firstWrongLeafBlock(firstBlock, hashes.length / TreeShape.HASH));
    OptionalLong wrong = check.firstWrongDataBlock(firstBlock, hashes);
    if (wrong.isPresent()) {
      throw ImageError.DATA_CORRUPT.at(
          file, "section " + section.id(), wrong.getAsLong() * TreeShape.BLOCK);
    }
    return bytes;
  }

  private void digest(Digest found) {
    if (!found.equals(section.fsv())) {
      throw ImageError.ROOT_MISMATCH.at(file, "section " + section.id(), found, section.fsv());
    }
  }

  private void refuse(OptionalLong wrongTreeBlock) {
    if (wrongTreeBlock.isPresent()) {
      throw ImageError.TREE_CORRUPT.at(file, "section " + section.id(), wrongTreeBlock.getAsLong());
    }
  }

  private void checksum(String item, int stated, CRC32 found) {
    if ((int) found.getValue() != stated) {
      throw ImageError.CRC_MISMATCH.at(file, item, (int) found.getValue(), stated);
    }
  }

  private String treeName() {
    return "tree of section " + section.id();
  }
}
