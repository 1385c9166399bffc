package org.m4fw.adapter.peft;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The regular expressions that patterns may be: names, dots, classes of characters, groups,
 * alternatives and counts. What matches without looking at a character is not among them (empty
 * alternatives, anchors within, looking ahead or behind, references, counts of zero), nor what
 * could match a line feed: so the characters that a match looks at are a measure of its work.
 */
final class PatternSyntax {
  private static final Pattern ATOM =
      Pattern.compile("[A-Za-z0-9_.-]|\\\\[dw._-]|\\[[A-Za-z0-9_.-]+]");

  private static final Pattern COUNT =
      Pattern.compile("[*+?]\\??|\\{0*[1-9][0-9]{0,2}(,[0-9]{0,3})?}|\\{0,0*[1-9][0-9]{0,2}}");

  private static final Pattern OPENING = Pattern.compile("\\((\\?:)?");

  private static final Pattern ENDING = Pattern.compile("[|)]");

  private final Matcher rest;
  private final int end;
  private int at;

  /** Whether the present alternative matches something. */
  private boolean filled;

  private PatternSyntax(String text) {
    this.rest = ATOM.matcher(text);
    this.at = text.startsWith("^") ? 1 : 0;
    this.end = text.endsWith("$") && !text.endsWith("\\$") ? text.length() - 1 : text.length();
  }

  /**
   * The pattern without an anchor at its end, where there is one anyway; empty if it is of more
   * than these parts. An anchor at its beginning stays: with it the whole name has to match.
   */
  static Optional<String> plain(String text) {
    PatternSyntax syntax = new PatternSyntax(text);
    return syntax.isPlain() ? Optional.of(text.substring(0, syntax.end)) : Optional.empty();
  }

  private boolean isPlain() {
    while (at < end) {
      if (take(ATOM)) {
        filled = true;
      } else if (take(OPENING)) {
        filled = false;
      } else if (take(COUNT)) {
        if (!filled) {
          return false;
        }
      } else if (take(ENDING)) {
        if (!filled) {
          return false;
        }
        filled = rest.group().equals(")");
      } else {
        return false;
      }
    }
    return filled;
  }

  private boolean take(Pattern part) {
    boolean found = rest.usePattern(part).region(at, Math.max(at, end)).lookingAt();
    if (found) {
      at = rest.end();
    }
    return found;
  }
}
