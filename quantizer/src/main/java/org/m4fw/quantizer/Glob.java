package org.m4fw.quantizer;

/**
 * A pattern in which {@code *} stands for any number of any characters.
 *
 * @param text as it was written
 */
public record Glob(String text) {

  public boolean exact() {
    return text.indexOf('*') < 0;
  }

  /** In time proportional to the product of the lengths at most, whatever the pattern. */
  public boolean matches(String name) {
    int at = 0;
    int star = -1;
    int resume = 0;
    int i = 0;
    while (i < name.length()) {
      if (at < text.length() && text.charAt(at) == '*') {
        star = at++;
        resume = i;
      } else if (at < text.length() && text.charAt(at) == name.charAt(i)) {
        at++;
        i++;
      } else if (star >= 0) {
        at = star + 1;
        i = ++resume;
      } else {
        return false;
      }
    }
    while (at < text.length() && text.charAt(at) == '*') {
      at++;
    }
    return at == text.length();
  }
}
