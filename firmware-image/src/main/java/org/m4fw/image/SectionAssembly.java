package org.m4fw.image;

import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.zip.CRC32;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.Storage;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.verity.TreeBuilder;
import org.m4fw.image.verity.TreeShape;

/** Writes one section and its tree to their places, and holds both against the manifest. */
final class SectionAssembly {
  /** Some threads wait for the disk while as many as there are processors hash. */
  private static final int WAITING = 2;

  private static final ThreadLocal<byte[]> BUFFER =
      ThreadLocal.withInitial(() -> new byte[Assembly.PIECE]);

  private final String image;
  private final Section section;
  private final Storage.StoredFile file;
  private final Checkpoint checkpoint;
  private final long before;
  private final long resumed;
  private final Progress.Stage stage;
  private final Crc32Sum crc = new Crc32Sum();
  private final TreeBuilder tree;
  private long done;

  /** A piece and the place that it gets in the section. */
  private record Placed(long offset, int length, Assembly.Piece source) {}

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
    OrderedWork writers = OrderedWork.onThreads(work.threads() + WAITING);
    SectionData.workers(writers, section.length())
        .run(() -> placed(pieces), this::write, this::account);
    digest(tree.finish());
    checksum("section " + section.id(), section.crc32(), crc.value());
    checksum("tree of section " + section.id(), section.treeCrc32(), (int) ofTree().getValue());
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

  private PieceSum write(Placed piece) {
    byte[] bytes = BUFFER.get();
    long at = section.offset() + piece.offset();
    ByteBuffer whole = ByteBuffer.wrap(bytes, 0, piece.length());
    if (before + piece.offset() + piece.length() <= resumed) {
      file.read(at, whole);
    } else {
      piece.source().read(bytes);
      file.write(at, whole);
    }
    return PieceSum.of(bytes, piece.length());
  }

  private void account(PieceSum piece) {
    crc.append(piece.crc(), piece.length());
    tree.append(piece.hashes());
    stage.advance(piece.length());
    done += piece.length();
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

  private void checksum(String item, int stated, int found) {
    if (found != stated) {
      throw ImageError.CRC_MISMATCH.at(image, item, found, stated);
    }
  }
}
