package org.m4fw.host.metric;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Cuts text into tokens as NIST's mteval-v13a.pl does, which sacreBLEU calls {@code 13a}:
 * punctuation is apart, but for points and commas within numbers, and entities of HTML are read.
 */
final class MtevalTokens {
  private static final Pattern SYMBOLS = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
  private static final Pattern STOP_AFTER_OTHER = Pattern.compile("([^0-9])([.,])");
  private static final Pattern STOP_BEFORE_OTHER = Pattern.compile("([.,])([^0-9])");
  private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

  private MtevalTokens() {}

  static List<String> of(String text) {
    String line =
        text.stripTrailing().replace("<skipped>", "").replace("-\n", "").replace("\n", " ");
    if (line.contains("&")) {
      line =
          line.replace("&quot;", "\"")
              .replace("&amp;", "&")
              .replace("&lt;", "<")
              .replace("&gt;", ">");
    }
    line = SYMBOLS.matcher(" " + line + " ").replaceAll(" $1 ");
    line = STOP_AFTER_OTHER.matcher(line).replaceAll("$1 $2 ");
    line = STOP_BEFORE_OTHER.matcher(line).replaceAll(" $1 $2");
    line = DASH_AFTER_DIGIT.matcher(line).replaceAll("$1 $2 ");
    return Words.split(line);
  }
}
