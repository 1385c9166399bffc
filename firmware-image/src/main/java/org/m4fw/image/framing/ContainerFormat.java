package org.m4fw.image.framing;

/** The fixed numbers of the container format, version 1.0. */
public final class ContainerFormat {
  public static final int MAJOR = 1;
  public static final int MINOR = 0;

  public static final long HEADER_OFFSET = 64;
  public static final int HEADER_LENGTH = 4032;
  public static final long ENVELOPE_OFFSET = 8192;

  /** Slots are whole blocks. */
  public static final int SLOT_UNIT = 4096;

  public static final int MIN_SLOT = 16 << 10;
  public static final int MAX_SLOT = 4 << 20;

  /**
   * Kept free for all of the envelope but its payload when a slot is chosen, so that a container
   * can be countersigned or signed again in place: two sets of a classical signature and ML-DSA-65,
   * of 4.7 KB each as base64 with their key ids, and 85 bytes around them.
   */
  public static final int SIGNATURE_ROOM = 10 << 10;

  /** What fills the slot after the envelope: JSON white space. */
  public static final byte SLOT_PADDING = 0x20;

  public static final int MAX_SECTIONS = 4096;

  /** In bytes, as ASCII. */
  public static final int MAX_ENTRY_NAME = 200;

  /** The Merkle trees' block size is 2^12. */
  public static final int LOG2_VERITY = 12;

  private ContainerFormat() {}
}
