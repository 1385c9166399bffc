package org.m4fw.quantizer;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.work.OrderedWork;

/**
 * A digest that all cores compute together: the SHA-256 of the SHA-256 digests of the pieces of 4
 * MiB of which the bytes consist.
 */
final class PieceDigest {
  private static final long PIECE = 4L << 20;

  private PieceDigest() {}

  static Digest of(MemorySegment bytes, OrderedWork work) {
    List<MemorySegment> pieces = new ArrayList<>();
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      pieces.add(bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)));
    }
    MessageDigest sha = Digest.sha256();
    work.run(pieces, Digest::of, digest -> sha.update(digest.bytes()));
    return Digest.ofBytes(sha.digest());
  }
}
