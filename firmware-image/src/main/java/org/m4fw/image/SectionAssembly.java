package org.m4fw.image;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.zip.CRC32;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.Storage;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.verity.FsVerity;
import org.m4fw.image.verity.TreeBuilder;
import org.m4fw.image.verity.TreeShape;

/** Writes one section and its tree to their places, and holds both against the manifest. */
final class SectionAssembly {
  private final String image;
  private final Section section;
  private final Storage.StoredFile file;
  private final Checkpoint checkpoint;
  private final long before;
  private final long resumed;
  private final Progress.Stage stage;
  private final CRC32 crc = new CRC32();
  private final TreeBuilder tree;
  private long done;

  /** A piece and the place that it gets in the section. */
  private record Placed(long offset, int length, Assembly.Piece source) {}

  /** A piece that was written, on its way to the tree. */
  private static final class Written {
    private final byte[] bytes;
    private final byte[] hashes;

    private Written(byte[] bytes) {
      this.bytes = bytes;
      this.hashes = FsVerity.blockHashes(bytes, bytes.length);
    }
  }

  /**
   * One section.
   *
   * @param before the bytes of all sections before this one
   * @param resumed how many bytes of all sections are there from an earlier run
   */
  SectionAssembly(
      String image,
      Section section,
      Storage.StoredFile file,
      Checkpoint checkpoint,
      long before,
      long resumed,
      Progress.Stage stage) {
    this.image = image;
    this.section = section;
    this.file = file;
    this.checkpoint = checkpoint;
    this.before = before;
    this.resumed = resumed;
    this.stage = stage;
    this.tree =
        new TreeBuilder(
            TreeShape.of(section.length()),
            (offset, part) -> file.write(section.treeOffset() + offset, ByteBuffer.wrap(part)));
  }

  void run(Iterator<Assembly.Piece> pieces, OrderedWork work) {
    SectionData.workers(work, section.length())
        .run(() -> placed(pieces), this::write, this::account);
    digest(tree.finish());
    checksum("section " + section.id(), section.crc32(), crc);
    checksum("tree of section " + section.id(), section.treeCrc32(), ofTree());
  }

  private Iterator<Placed> placed(Iterator<Assembly.Piece> pieces) {
    return new Iterator<>() {
      private long offset;

      @Override
      public boolean hasNext() {
        return offset < section.length();
      }

      @Override
      public Placed next() {
        int length = (int) Math.min(Assembly.PIECE, section.length() - offset);
        Placed placed = new Placed(offset, length, pieces.next());
        offset += length;
        return placed;
      }
    };
  }

  private Written write(Placed piece) {
    long at = section.offset() + piece.offset();
    if (before + piece.offset() + piece.length() <= resumed) {
      ByteBuffer found = ByteBuffer.allocate(piece.length());
      file.read(at, found);
      return new Written(found.array());
    }
    byte[] bytes = piece.source().read();
    file.write(at, ByteBuffer.wrap(bytes));
    return new Written(bytes);
  }

  private void account(Written piece) {
    crc.update(piece.bytes);
    tree.append(piece.hashes);
    stage.advance(piece.bytes.length);
    done += piece.bytes.length;
    checkpoint.reached(before + done);
  }

  private CRC32 ofTree() {
    CRC32 found = new CRC32();
    for (long at = 0; at < section.treeLength(); at += Assembly.PIECE) {
      ByteBuffer bytes =
          ByteBuffer.allocate((int) Math.min(Assembly.PIECE, section.treeLength() - at));
      file.read(section.treeOffset() + at, bytes);
      found.update(bytes.array());
    }
    return found;
  }

  private void digest(Digest found) {
    if (!found.equals(section.fsv())) {
      throw ImageError.ROOT_MISMATCH.at(image, "section " + section.id(), found, section.fsv());
    }
  }

  private void checksum(String item, int stated, CRC32 found) {
    if ((int) found.getValue() != stated) {
      throw ImageError.CRC_MISMATCH.at(image, item, (int) found.getValue(), stated);
    }
  }
}
