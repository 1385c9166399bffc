package org.m4fw.base.problem;

/**
 * One thing that is wrong, ready to be shown.
 *
 * @param file the file it is in; empty where there is none
 * @param item the tensor, field, option or offset; empty where the whole file is meant
 * @param message what is wrong, found against expected
 * @param hint what to do about it
 */
public record Problem(ErrorCode code, String file, String item, String message, String hint) {

  /** {@code <file>: <item>: <message>}, without the parts that are empty; always one line. */
  public String text() {
    StringBuilder text = new StringBuilder();
    if (!file.isEmpty()) {
      text.append(oneLine(file)).append(": ");
    }
    if (!item.isEmpty()) {
      text.append(oneLine(item)).append(": ");
    }
    return text.append(oneLine(message)).toString();
  }

  /** Control characters from hostile names must not reach a terminal. */
  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints()
        .limit(2000)
        .forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
    return line.toString();
  }
}
