package org.m4fw.host.text;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ImageBind does to a text before its words are looked up: {@code basic_clean}, {@code
 * whitespace_clean} and lower case. Of {@code ftfy.fix_text}, which repairs texts from the web, the
 * steps for signs are done (ligatures, full width, curled quotes, control characters, NFC); text
 * that was decoded with the wrong character set is not repaired. Of HTML's named characters only
 * those are replaced that XML has, and the space.
 */
final class TextRepair {
  private static final Pattern WHITE = Pattern.compile("[\\s\\x1c-\\x1f\\x85\\p{Z}]+");
  private static final Pattern CONTROL =
      Pattern.compile(
          "[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\\x{206a}-\\x{206f}\\x{feff}\\x{fff9}-\\x{fffc}]");
  private static final Pattern ENTITY =
      Pattern.compile("&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos|nbsp);");
  private static final Map<String, String> NAMED =
      Map.of("amp", "&", "lt", "<", "gt", ">", "quot", "\"", "apos", "'", "nbsp", "\u00A0");

  private TextRepair() {}

  static String repair(String text) {
    String signs = CONTROL.matcher(signs(text)).replaceAll("");
    String normal = Normalizer.normalize(signs, Normalizer.Form.NFC);
    String plain = unescape(unescape(normal));
    return WHITE.matcher(plain).replaceAll(" ").strip().toLowerCase(Locale.ROOT);
  }

  private static String signs(String text) {
    StringBuilder result = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if ((c >= 0xFB00 && c <= 0xFB06 && c != 0xFB05) || (c >= 0xFF01 && c <= 0xFFEF)) {
                String sign = Character.toString(c);
                result.append(Normalizer.normalize(sign, Normalizer.Form.NFKC));
              } else if (c == 0x2BC || (c >= 0x2018 && c <= 0x201B)) {
                result.append('\'');
              } else if (c >= 0x201C && c <= 0x201F) {
                result.append('"');
              } else {
                result.appendCodePoint(c);
              }
            });
    return result.toString();
  }

  private static String unescape(String text) {
    return ENTITY.matcher(text).replaceAll(TextRepair::character);
  }

  private static String character(MatchResult entity) {
    String name = entity.group(1);
    String named = NAMED.get(name);
    if (named != null) {
      return Matcher.quoteReplacement(named);
    }
    boolean hexadecimal = name.charAt(1) == 'x' || name.charAt(1) == 'X';
    int c =
        hexadecimal ? Integer.parseInt(name.substring(2), 16) : Integer.parseInt(name.substring(1));
    boolean character = Character.isValidCodePoint(c) && c != 0 && !isSurrogate(c);
    return Matcher.quoteReplacement(Character.toString(character ? c : 0xFFFD));
  }

  private static boolean isSurrogate(int c) {
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
  }
}
