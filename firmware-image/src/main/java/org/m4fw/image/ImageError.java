package org.m4fw.image;

import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

/** What is wrong with a container, its manifest or its envelope. */
public enum ImageError implements ErrorCode {
  // The header.
  NOT_AN_IMAGE(
      "is not an image, adapter package or delta of m4fw: %s",
      "`m4fw inspect` says what the file is"),
  UNSUPPORTED_VERSION(
      "has format version %d.%d, this tool knows 1.0", "use a newer m4fw to read it"),
  TRUNCATED("has %d bytes, should have %d", "copy or download the file again"),
  TRAILING_BYTES("has %d bytes, should have %d", "copy or download the file again"),
  HEADER_CHECKSUM("found checksum %08x, expected %08x", Hints.DAMAGED),
  HEADER_FIELD("found %s, expected %s", Hints.DAMAGED),
  WRONG_KIND("is of kind %s, expected %s", "give a file of the right kind"),

  // The envelope.
  ENVELOPE_FIELD("%s", Hints.DAMAGED),
  ENVELOPE_NOT_CANONICAL("is no JSON in canonical form from byte %d on", Hints.DAMAGED),
  ENVELOPE_UNSIGNED("has no signature", "sign the image"),
  SLOT_PADDING("byte %d after the envelope is %02x, expected 20", Hints.DAMAGED),

  // The manifest.
  MANIFEST_FIELD("%s", Hints.FOREIGN),
  MANIFEST_NOT_CANONICAL("is no JSON in canonical form from byte %d on", Hints.FOREIGN),
  MANIFEST_TOO_LARGE(
      "has %d bytes, more than the %d that an envelope slot can hold",
      "use fewer sections or less content"),

  // Where things are.
  DUPLICATE_SECTION("is there twice", Hints.FOREIGN),
  SECTION_MISALIGNED("begins at %d, expected a multiple of %d", Hints.FOREIGN),
  SECTION_OUT_OF_BOUNDS("bytes %d and %d more do not lie between %d and %d", Hints.FOREIGN),
  SECTION_OVERLAP("begins at %d, inside what ends at %d", Hints.FOREIGN),
  SECTION_MISPLACED("begins at %d, the canonical place is %d", Hints.FOREIGN),
  TREE_LENGTH("has %d bytes, a section of %d bytes needs %d", Hints.FOREIGN),
  LAYOUT_FIELD("found %d, expected %d", Hints.FOREIGN),
  FRAMING_DIFFERS("byte %d is %02x, the manifest asks for %02x", Hints.DAMAGED),

  // What the sections hold.
  ROOT_MISMATCH("has fs-verity digest %s, the manifest says %s", Hints.DAMAGED),
  TREE_CORRUPT("the Merkle tree's block at byte %d does not match the one above it", Hints.DAMAGED),
  DATA_CORRUPT("bytes from %d on do not match the Merkle tree", Hints.DAMAGED),
  CRC_MISMATCH("found CRC %08x, the manifest says %08x", Hints.FOREIGN),
  NO_SUCH_SECTION("is not a section; there are %s", "`m4fw image list` names the sections"),

  // Writing.
  MANIFEST_INVALID("%s", "leave floating-point numbers and larger integers than 2^53-1 out"),
  ENVELOPE_TOO_LARGE("has %d bytes, the slot holds %d", "use fewer signatures or a larger slot"),
  ENVELOPE_OF_ANOTHER(
      "signs the manifest %s, expected %s", "sign the payload that belongs to this image");

  private final String template;
  private final String hint;

  ImageError(String template, String hint) {
    this.template = template;
    this.hint = hint;
  }

  /** The problem of a field that does not hold what it has to. */
  ProblemException wrong(String file, String item, Object found, Object expected) {
    return at(file, item, "found %s, expected %s".formatted(found, expected));
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }

  private static final class Hints {
    static final String DAMAGED =
        "the file was damaged or changed: copy, download or build it again";
    static final String FOREIGN = "the file was not written by m4fw, or was changed on purpose";

    private Hints() {}
  }
}
