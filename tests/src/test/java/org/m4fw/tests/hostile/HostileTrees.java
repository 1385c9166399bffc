package org.m4fw.tests.hostile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.image.ImageError;
import tools.jackson.databind.node.ObjectNode;

/** Items 46 to 50: Merkle trees and digests. All manifests are well signed. */
final class HostileTrees {
  private static final String OTHER = "sha256:" + "5".repeat(64);

  private final GoodImage good;
  private final Forgery forgery;
  private final List<HostileCase> cases = new ArrayList<>();

  private HostileTrees(GoodImage good) {
    this.good = good;
    this.forgery = new Forgery(good);
  }

  static List<HostileCase> of(GoodImage image) {
    HostileTrees all = new HostileTrees(image);
    all.flips();
    all.treeLengths();
    all.sizes();
    all.salts();
    all.levels();
    return all.cases;
  }

  private long at(int section, String key) {
    return Forgery.section(forgery.manifest(), section).get(key).longValue();
  }

  private void flip(String what, long at, ErrorCode expected) {
    cases.add(new HostileCase(46, what, forgery.flipped(at), expected));
  }

  private void flips() {
    long tree = at(0, "tree_offset");
    long data = at(0, "offset");
    flip("the root's first hash", tree, ImageError.ROOT_MISMATCH);
    flip("the root's second hash", tree + 40, ImageError.ROOT_MISMATCH);
    flip("a zero of the root", tree + 4095, ImageError.ROOT_MISMATCH);
    flip("the first leaf", tree + 4096, ImageError.TREE_CORRUPT);
    flip("the last leaf", tree + 2 * 4096 + 12 * 32, ImageError.TREE_CORRUPT);
    flip("a zero of the leaves", tree + 3 * 4096 - 1, ImageError.TREE_CORRUPT);
    flip("the first byte", data, ImageError.DATA_CORRUPT);
    flip("a byte below the second leaf block", data + 130 * 4096, ImageError.DATA_CORRUPT);
    flip("the last byte", data + GoodImage.TALL - 1, ImageError.DATA_CORRUPT);
    flip("a section of one block", at(1, "offset") + 4095, ImageError.ROOT_MISMATCH);
    flip("a tree of one block", at(2, "tree_offset") + 32, ImageError.ROOT_MISMATCH);
    flip("a section with a tree of one block", at(2, "offset") + 4096, ImageError.DATA_CORRUPT);
  }

  private void reframed(
      int item, String what, ErrorCode expected, int section, Consumer<ObjectNode> edit) {
    byte[] image = forgery.reframed(m -> edit.accept(Forgery.section(m, section)));
    cases.add(new HostileCase(item, what, image, expected));
  }

  private void treeLengths() {
    for (long length : new long[] {0, 2 * 4096, 4 * 4096}) {
      byte[] image = forgery.section(0, s -> s.put("tree_length", length));
      String what = "a tree of %s bytes".formatted(length);
      cases.add(new HostileCase(47, what, image, ImageError.TREE_LENGTH));
    }
    byte[] image = forgery.section(1, s -> s.put("tree_length", 4096));
    cases.add(new HostileCase(47, "a tree of one hash", image, ImageError.TREE_LENGTH));
    reframed(46, "another CRC", ImageError.CRC_MISMATCH, 0, s -> s.put("crc32", 1));
    reframed(
        46, "another CRC of the tree", ImageError.CRC_MISMATCH, 0, s -> s.put("tree_crc32", 1));
    reframed(46, "a CRC of no tree", ImageError.CRC_MISMATCH, 1, s -> s.put("tree_crc32", 1));
    reframed(46, "a CRC of nothing", ImageError.CRC_MISMATCH, 3, s -> s.put("crc32", 1));
    for (int section = 0; section < 4; section++) {
      String what = "another digest of section %s".formatted(section);
      reframed(46, what, ImageError.ROOT_MISMATCH, section, s -> s.put("fsv", OTHER));
    }
  }

  private void sizes() {
    reframed(48, "4095 of 4096 bytes", ImageError.ROOT_MISMATCH, 1, s -> s.put("length", 4095));
    reframed(48, "8192 of 8191 bytes", ImageError.ROOT_MISMATCH, 2, s -> s.put("length", 8192));
    reframed(48, "8190 of 8191 bytes", ImageError.ROOT_MISMATCH, 2, s -> s.put("length", 8190));
    long tall = GoodImage.TALL;
    reframed(48, "no last block", ImageError.ROOT_MISMATCH, 0, s -> s.put("length", tall - 17));
    byte[] longer = forgery.section(1, s -> s.put("length", 4097));
    cases.add(new HostileCase(48, "4097 of 4096 bytes", longer, ImageError.TREE_LENGTH));
    byte[] some = forgery.section(3, s -> s.put("length", 4097));
    cases.add(new HostileCase(48, "4097 of no bytes", some, ImageError.TREE_LENGTH));
  }

  private void salts() {
    byte[] field = forgery.section(0, s -> s.put("salt", "00"));
    cases.add(new HostileCase(49, "a salt", field, ImageError.MANIFEST_FIELD));
    byte[] block =
        Arrays.copyOfRange(good.bytes(), (int) at(1, "offset"), (int) at(1, "offset") + 4096);
    ByteBuffer descriptor = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    descriptor.put(new byte[] {1, 1, 12, 32}).putInt(0).putLong(4096);
    descriptor.put(Digest.of(block).bytes());
    String salted = Digest.of(descriptor.array()).toString();
    reframed(
        49,
        "the digest says 32 bytes of salt",
        ImageError.ROOT_MISMATCH,
        1,
        s -> s.put("fsv", salted));
  }

  /** The blocks of a level given out for data: the digest holds the size. */
  private void levels() {
    int tree = (int) at(0, "tree_offset");
    byte[] confused = good.bytes().clone();
    System.arraycopy(confused, tree, confused, (int) at(1, "offset"), 4096);
    String digest = Forgery.section(forgery.manifest(), 0).get("fsv").stringValue();
    Forgery other = new Forgery(new GoodImage(confused, good.root(), good.identity()));
    byte[] image = other.reframed(m -> Forgery.section(m, 1).put("fsv", digest));
    cases.add(new HostileCase(50, "the root block as data", image, ImageError.ROOT_MISMATCH));
    reframed(
        50,
        "the digest of a section that is a block longer",
        ImageError.ROOT_MISMATCH,
        2,
        s -> s.put("fsv", digest));
  }
}
