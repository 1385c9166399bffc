package org.m4fw.base.json;

import java.util.OptionalInt;

/**
 * Reads bytes as the one form of JSON that {@link CanonicalJson} writes, and says where they depart
 * from it. It needs no other parser, so that whoever verifies a document in another language finds
 * the same place: a document is canonical, or it is refused at one byte, before anything in it is
 * interpreted.
 *
 * <pre>
 * document = value
 * value    = object | array | string | integer | "true" | "false" | "null"
 * object   = "{}" | "{" string ":" value *("," string ":" value) "}"     keys strictly ascending
 * array    = "[]" | "[" value *("," value) "]"
 * integer  = "0" | ["-"] (1-9) *(0-9)                                     within ±(2^53−1)
 * string   = UTF-8 between quotes; escaped are only " \ and what is below 0x20: \b \t \n \f \r,
 *            the rest as four lower-case hexadecimal digits after \\u
 * </pre>
 *
 * <p>Keys are sorted by UTF-16 code units (RFC 8785, section 3.2.3), and have at most {@value
 * #MAX_NAME} bytes as they are written; objects and arrays nest at most {@value #MAX_DEPTH} deep.
 */
public final class CanonicalForm {
  static final int MAX_DEPTH = 32;
  static final int MAX_NAME = 1024;
  private static final long MAX_INTEGER = (1L << 53) - 1;
  private static final int MAX_DIGITS = 16;

  private final byte[] bytes;
  private final StringBuilder text = new StringBuilder();
  private int at;

  private CanonicalForm(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The first byte that no canonical document has at this place. It is where a token begins that is
   * wrong as a whole (a key out of order, an integer beyond the bounds, an escape, a character that
   * is not UTF-8), and the length of the document where it ends too early. Empty if all is well.
   */
  public static OptionalInt firstDeviation(byte[] document) {
    CanonicalForm form = new CanonicalForm(document);
    return form.value(0) && form.at == document.length
        ? OptionalInt.empty()
        : OptionalInt.of(form.at);
  }

  private boolean value(int depth) {
    return switch (peek()) {
      case '{' -> depth < MAX_DEPTH && object(depth + 1);
      case '[' -> depth < MAX_DEPTH && array(depth + 1);
      case '"' -> string();
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      default -> integer();
    };
  }

  private boolean object(int depth) {
    at++;
    if (take('}')) {
      return true;
    }
    String before = "";
    for (boolean first = true; ; first = false) {
      int start = at;
      if (peek() != '"' || !string()) {
        return false;
      }
      String key = text.toString();
      if ((!first && key.compareTo(before) <= 0) || at - start - 2 > MAX_NAME) {
        at = start;
        return false;
      }
      before = key;
      if (!take(':') || !value(depth)) {
        return false;
      }
      if (!take(',')) {
        return take('}');
      }
    }
  }

  private boolean array(int depth) {
    at++;
    if (take(']')) {
      return true;
    }
    while (value(depth)) {
      if (!take(',')) {
        return take(']');
      }
    }
    return false;
  }

  private boolean integer() {
    int start = at;
    boolean negative = take('-');
    if (peek() == '0' && !negative) {
      at++;
      return true;
    }
    long number = 0;
    int digits = 0;
    for (; peek() >= '0' && peek() <= '9' && digits <= MAX_DIGITS; at++) {
      number = number * 10 + peek() - '0';
      digits++;
    }
    if (number == 0 || bytes[at - digits] == '0' || digits > MAX_DIGITS || number > MAX_INTEGER) {
      at = start;
      return false;
    }
    return true;
  }

  private boolean word(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (!take(word.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Leaves what it means in {@link #text}. */
  private boolean string() {
    at++;
    text.setLength(0);
    while (peek() != '"') {
      if (!(peek() == '\\' ? escape() : character())) {
        return false;
      }
    }
    at++;
    return true;
  }

  private boolean escape() {
    int control = "\b\t\n\f\r\"\\".indexOf(escaped(peek(1)));
    if (peek(1) != 'u') {
      if (control < 0) {
        return false;
      }
      text.append(escaped(peek(1)));
      at += 2;
      return true;
    }
    int high = peek(4) - '0';
    int low = "0123456789abcdef".indexOf((char) peek(5));
    char c = (char) (high * 16 + low);
    if (peek(2) != '0'
        || peek(3) != '0'
        || high < 0
        || high > 1
        || low < 0
        || "\b\t\n\f\r".indexOf(c) >= 0) {
      return false;
    }
    text.append(c);
    at += 6;
    return true;
  }

  private static char escaped(int letter) {
    return switch (letter) {
      case 'b' -> '\b';
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'f' -> '\f';
      case 'r' -> '\r';
      case '"' -> '"';
      case '\\' -> '\\';
      default -> 0;
    };
  }

  /** One character of UTF-8: the shortest form, no surrogates, up to U+10FFFF. */
  private boolean character() {
    int first = peek();
    if (first < 0x20) {
      return false;
    }
    int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    int point = more == 0 ? first : first & (0x3f >> more);
    for (int i = 1; i <= more; i++) {
      if ((peek(i) & ~0x3f) != 0x80) {
        return false;
      }
      point = point << 6 | (peek(i) & 0x3f);
    }
    int least = more == 0 ? 0 : more == 1 ? 0x80 : more == 2 ? 0x800 : 0x10000;
    boolean surrogate = point >= 0xd800 && point < 0xe000;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || point < least || surrogate) {
      return false;
    }
    if (point > Character.MAX_CODE_POINT) {
      return false;
    }
    text.appendCodePoint(point);
    at += more + 1;
    return true;
  }

  private boolean take(char c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private int peek() {
    return peek(0);
  }

  /** A byte from here on as a number; negative beyond the end. */
  private int peek(int ahead) {
    return at + ahead < bytes.length ? Byte.toUnsignedInt(bytes[at + ahead]) : -1;
  }
}
