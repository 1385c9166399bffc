package org.m4fw.targets;

/**
 * A weight encoding that a target takes, and in which layout.
 *
 * @param encoding the encoding's id: {@code int8}, {@code int4-g32}
 * @param layout the name of the layout in which the target wants its bytes, as the graph compiler
 *     names layouts: {@code CANONICAL}, {@code OFFSET_BINARY}, {@code TRANSPOSED_NIBBLES}
 * @param note what is special about it; empty if nothing is
 */
public record EncodingSupport(String encoding, String layout, String note) {
  private static final String BLOCK = "-g";

  /** The encoding without its block size: {@code int4}. */
  public String family() {
    return family(encoding);
  }

  /** The number of weights that share a scale; 0 if that is a whole row. */
  public int block() {
    return block(encoding);
  }

  static String family(String encoding) {
    int at = encoding.indexOf(BLOCK);
    return at < 0 ? encoding : encoding.substring(0, at);
  }

  int blockDistance(String wanted) {
    return Math.abs(block() - block(wanted));
  }

  private static int block(String encoding) {
    int at = encoding.indexOf(BLOCK);
    if (at < 0) {
      return 0;
    }
    String block = encoding.substring(at + BLOCK.length());
    int end = block.indexOf('-');
    return Integer.parseInt(end < 0 ? block : block.substring(0, end));
  }
}
