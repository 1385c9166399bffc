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
   * Kept free for signatures when a slot is chosen: two sets of Ed25519 and ML-DSA-65 take about 10
   * KB as base64, so that an image can be countersigned or re-signed in place.
   */
  public static final int SIGNATURE_ROOM = 12 << 10;

  /** What fills the slot after the envelope: JSON white space. */
  public static final byte SLOT_PADDING = 0x20;

  public static final int MAX_SECTIONS = 4096;

  /** In bytes, as ASCII. */
  public static final int MAX_ENTRY_NAME = 200;

  /** The Merkle trees' block size is 2^12. */
  public static final int LOG2_VERITY = 12;

  private ContainerFormat() {}
}
