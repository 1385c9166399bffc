package org.m4fw.image;

import java.util.List;
import org.m4fw.base.digest.Digest;

/**
 * A section as the manifest describes it: what it is, where its bytes and its Merkle tree lie, and
 * their digests.
 *
 * @param offset of the first byte, from the start of the file; a multiple of the alignment
 * @param length in bytes
 * @param crc32 of the bytes, as ZIP tools check it; no protection
 * @param fsv the fs-verity digest of the bytes: SHA-256, 4096-byte blocks, no salt
 * @param treeOffset of the Merkle tree; a multiple of 4096
 * @param treeLength in bytes; 0 for sections of up to one block, which need no tree
 * @param treeCrc32 of the tree's bytes
 */
public record Section(
    SectionSpec spec,
    long offset,
    long length,
    int crc32,
    Digest fsv,
    long treeOffset,
    long treeLength,
    int treeCrc32) {

  public String id() {
    return spec.id();
  }

  public String role() {
    return spec.role();
  }

  public String module() {
    return spec.module();
  }

  public List<String> targets() {
    return spec.targets();
  }

  public String media() {
    return spec.media();
  }

  public String name() {
    return spec.name();
  }
}
