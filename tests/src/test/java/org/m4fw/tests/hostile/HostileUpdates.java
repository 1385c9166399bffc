package org.m4fw.tests.hostile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageError;
import org.m4fw.image.Kind;
import org.m4fw.signing.trust.VerificationError;
import tools.jackson.databind.node.ObjectNode;

/** Items 38 to 40: parts of two signed images, downloads that do not end or are not whole. */
final class HostileUpdates {
  private final GoodImage good;
  private final GoodImage other;
  private final Forgery forgery;
  private final List<HostileCase> cases = new ArrayList<>();

  private HostileUpdates(GoodImage good, Path directory) {
    this.good = good;
    this.other = good.sibling(directory);
    this.forgery = new Forgery(good);
  }

  static List<HostileCase> of(GoodImage image, Path directory) {
    HostileUpdates all = new HostileUpdates(image, directory);
    all.mixed();
    all.endless();
    all.partial();
    return all.cases;
  }

  private void add(int item, String what, byte[] image, ErrorCode expected) {
    cases.add(new HostileCase(item, what, image, expected));
  }

  private int at(int section, String key) {
    return (int) Forgery.section(forgery.manifest(), section).get(key).longValue();
  }

  /** The bytes of the other image at a place. */
  private byte[] mixed(int from, int to) {
    byte[] image = good.bytes().clone();
    System.arraycopy(other.bytes(), from, image, from, to - from);
    return image;
  }

  private void mixed() {
    int tree = at(0, "tree_offset");
    int leaves = tree + at(0, "tree_length");
    int data = at(0, "offset");
    int end = data + GoodImage.TALL;
    add(38, "the other's bytes", mixed(data, end), ImageError.DATA_CORRUPT);
    add(38, "the other's tree", mixed(tree, leaves), ImageError.ROOT_MISMATCH);
    byte[] both = mixed(tree, leaves);
    System.arraycopy(other.bytes(), data, both, data, GoodImage.TALL);
    add(38, "the other's tree and bytes", both, ImageError.ROOT_MISMATCH);
    add(38, "and the record between", mixed(tree, end), ImageError.FRAMING_DIFFERS);
    int block = at(1, "offset");
    add(38, "the other's small section", mixed(block, block + 4096), ImageError.ROOT_MISMATCH);
    add(
        38,
        "the other's envelope",
        forgery.envelope(other.envelope().bytes()),
        ImageError.FRAMING_DIFFERS);
    byte[] payload = other.envelope().payload();
    byte[] signed = forgery.framed(payload, other.envelope());
    add(38, "the other's manifest around these bytes", signed, ImageError.ROOT_MISMATCH);
    ObjectNode listed = (ObjectNode) forgery.manifest();
    ObjectNode theirs = Forgery.section(StrictJson.parse("manifest", payload), 0);
    listed.withArray("sections").set(0, theirs);
    byte[] mixed = CanonicalJson.bytes(listed);
    Envelope envelope = Envelope.of(Kind.IMAGE.payloadType(), mixed, good.envelope().signatures());
    add(
        38,
        "sections of both listed",
        forgery.framed(mixed, envelope),
        VerificationError.BAD_SIGNATURE);
  }

  private void endless() {
    byte[] more = Arrays.copyOf(good.bytes(), good.bytes().length + (1 << 20));
    add(39, "data that goes on", more, ImageError.TRAILING_BYTES);
    byte[] never = forgery.header(header -> header.putLong(16, Long.MAX_VALUE));
    add(39, "a size that never comes", never, ImageError.TRUNCATED);
    byte[] slot = forgery.header(header -> header.putLong(32, 1L << 40));
    add(39, "a slot without an end", slot, ImageError.HEADER_FIELD);
    byte[] section = forgery.section(0, s -> s.put("length", 1L << 50));
    add(39, "a section without an end", section, ImageError.TREE_LENGTH);
  }

  private byte[] hole(int from, int to) {
    byte[] image = good.bytes().clone();
    Arrays.fill(image, from, to, (byte) 0);
    return image;
  }

  private void partial() {
    int data = at(0, "offset");
    int length = good.bytes().length;
    add(40, "no end yet", Arrays.copyOf(good.bytes(), data + 4096), ImageError.TRUNCATED);
    add(40, "room for all, nothing but the front", hole(data, length), ImageError.FRAMING_DIFFERS);
    add(40, "nothing but the end", hole(0, data), ImageError.NOT_AN_IMAGE);
    add(40, "no envelope yet", hole(8192, 8192 + forgery.slot()), ImageError.SLOT_PADDING);
    add(40, "a block to come", hole(data + 4096, data + 8192), ImageError.DATA_CORRUPT);
    int tree = at(0, "tree_offset");
    add(40, "a tree to come", hole(tree, tree + 3 * 4096), ImageError.ROOT_MISMATCH);
  }
}
