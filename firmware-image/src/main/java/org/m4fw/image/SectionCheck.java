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

  /** Checks, without a copy of the data. */
  void run() {
    upperLevels();
    Crc32Sum crc = new Crc32Sum();
    SectionData.workers(work, data.length())
        .run(
            data.pieces(),
            piece -> {
              PieceSum sum = PieceSum.of(data, piece, (offset, buffer, length) -> {});
              blocks(piece, sum.hashes());
              return sum;
            },
            piece -> {
              crc.append(piece.crc(), piece.length());
              stage.advance(piece.length());
            });
    checksum("section " + section.id(), section.crc32(), crc.value());
    rest();
  }

  /**
   * Checks, and gives the data on.
   *
   * @param verified gets the data, piece by piece in order, each after it was found to match the
   *     tree
   */
  void run(Consumer<byte[]> verified) {
    upperLevels();
    CRC32 crc = new CRC32();
    SectionData.workers(work, data.length())
        .run(
            data.pieces(),
            piece -> {
              byte[] bytes = data.read(piece);
              blocks(piece, FsVerity.blockHashes(bytes, bytes.length));
              return bytes;
            },
            piece -> {
              crc.update(piece);
              verified.accept(piece);
              stage.advance(piece.length);
            });
    checksum("section " + section.id(), section.crc32(), (int) crc.getValue());
    rest();
  }

  private void upperLevels() {
    if (!shape.levelBlocks().isEmpty()) {
      digest(check.digest());
      refuse(check.firstWrongUpperBlock());
    }
  }

  private void rest() {
    if (section.length() == 0) {
      digest(TreeCheck.digestWithoutTree(new byte[0], 0));
    }
    CRC32 ofTree = new CRC32();
    SectionData treeBytes = new SectionData(List.of(tree));
    treeBytes.pieces().forEach(piece -> ofTree.update(treeBytes.read(piece)));
    checksum(treeName(), section.treeCrc32(), (int) ofTree.getValue());
  }

  /** Checks the hashes of one piece of data, and the leaf blocks above it. */
  private void blocks(int piece, byte[] hashes) {
    if (shape.levelBlocks().isEmpty()) {
      digest(TreeCheck.digestWithoutTree(hashes, section.length()));
      return;
    }
    long firstBlock = SectionData.offsetOf(piece) / TreeShape.BLOCK;
    refuse(check.firstWrongLeafBlock(firstBlock, hashes.length / TreeShape.HASH));
    OptionalLong wrong = check.firstWrongDataBlock(firstBlock, hashes);
    if (wrong.isPresent()) {
      throw ImageError.DATA_CORRUPT.at(
          file, "section " + section.id(), wrong.getAsLong() * TreeShape.BLOCK);
    }
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

  private void checksum(String item, int stated, int found) {
    if (found != stated) {
      throw ImageError.CRC_MISMATCH.at(file, item, found, stated);
    }
  }

  private String treeName() {
    return "tree of section " + section.id();
  }
}
