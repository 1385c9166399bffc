package org.m4fw.image.lazy;

/**
 * What keeps bytes from being other ones after they were verified: a page of a shared mapping can
 * be evicted and read again, and may have been changed meanwhile.
 */
public enum Mode {
  /**
   * The kernel checks every page that it reads, with fs-verity or dm-verity, and the runtime only
   * asks for the digest: the cheapest, for phones. Of files that hold one section each; see {@link
   * KernelVerity}.
   */
  KERNEL,

  /** Bytes are copied and the copy is verified: for storage that nobody trusts. */
  COPY,

  /**
   * Bytes are read where they are mapped, each block verified when it is touched first: for storage
   * to which nobody else can write.
   */
  SHARED
}
