package org.m4fw.image.delta;

import org.m4fw.base.problem.ErrorCode;

/** Why a delta cannot be applied. */
public enum DeltaError implements ErrorCode {
  DELTA_SECTIONS("has the sections %s, a delta has %s", Hints.FOREIGN),
  DELTA_FIELD("found %s, expected %s", Hints.FOREIGN),
  RESULT_ID("the new image is %s, the delta says %s", Hints.FOREIGN),
  WRONG_BASE(
      "does not hold the section '%s' with fs-verity digest %s",
      "the delta was made from another image: use the right one, or download the whole image"),
  RUNS_LENGTH("has %d bytes, expected a multiple of %d", Hints.FOREIGN),
  RUN_EMPTY("has no blocks", Hints.FOREIGN),
  RUN_SOURCE("names source %d, there are %d", Hints.FOREIGN),
  RUN_FIELD("has first block %d, literal runs have 0", Hints.FOREIGN),
  COPY_OUT_OF_RANGE("copies %d blocks from block %d on, the source has %d", Hints.FOREIGN),
  RUN_TOO_LONG("has %d blocks, section '%s' wants %d more", Hints.FOREIGN),
  RUNS_MISSING("end in section '%s', which wants %d blocks more", Hints.FOREIGN),
  RUNS_LEFT("go on after the last section", Hints.FOREIGN),
  LITERAL_LENGTH("hold %d bytes, the runs take %d", Hints.FOREIGN),
  LITERAL_CHUNK("chunk %d claims %d bytes, expected 1 to %d", Hints.FOREIGN),
  LITERAL_CORRUPT("chunk %d cannot be unpacked to %d bytes: %s", Hints.FOREIGN),
  LITERALS_LEFT("have %d bytes after the last chunk", Hints.FOREIGN),
  IN_PLACE(
      "is the old image itself; copies would read what was overwritten",
      "write the new image to another file with --out"),
  RESULT_DIFFERS(
      "what was made has another digest than the new image's manifest says: %s",
      "the old image was changed (`m4fw verify` it), or the delta is a wrong one; nothing was"
          + " written");

  private final String template;
  private final String hint;

  DeltaError(String template, String hint) {
    this.template = template;
    this.hint = hint;
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
    static final String FOREIGN = "the delta was not written by m4fw, or was changed on purpose";

    private Hints() {}
  }
}
