package org.m4fw.host.path;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.m4fw.base.problem.ProblemException;

/**
 * A text with slots: <code>{name}</code>, where a name has letters a–z, digits and {@code _};
 * <code>{{</code> and <code>}}</code> are braces.
 *
 * @param text as it is written
 * @param pieces what it consists of
 */
public record Template(String text, List<Piece> pieces) {
  /** A prompt is a few sentences; longer ones are for {@code --text}. */
  private static final int MAX_LENGTH = 1 << 14;

  public Template {
    pieces = List.copyOf(pieces);
  }

  /** A part of a template. */
  public sealed interface Piece {
    /** Text as it is to appear. */
    record Words(String text) implements Piece {}

    /** What is to be filled in. */
    record Slot(String name) implements Piece {}
  }

  /**
   * Takes a text apart.
   *
   * @param file where it is from, for messages
   * @throws ProblemException with {@link PathError#BAD_TEMPLATE}
   */
  public static Template parse(String file, String item, String text) {
    if (text.length() > MAX_LENGTH) {
      throw bad(file, item, "more than %d characters".formatted(MAX_LENGTH), text);
    }
    List<Piece> pieces = new ArrayList<>();
    StringBuilder words = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (text.startsWith("{{", at) || text.startsWith("}}", at)) {
        words.append(c);
        at += 2;
      } else if (c == '{') {
        int end = text.indexOf('}', at);
        String name = end < 0 ? "" : text.substring(at + 1, end);
        if (!name.matches("[a-z0-9_]{1,40}")) {
          throw bad(file, item, "a brace without a slot's name", text.substring(at));
        }
        addWords(words, pieces);
        pieces.add(new Piece.Slot(name));
        at = end + 1;
      } else if (c == '}') {
        throw bad(file, item, "a closing brace without an opening one", text.substring(at));
      } else {
        words.append(c);
        at++;
      }
    }
    addWords(words, pieces);
    return new Template(text, pieces);
  }

  private static void addWords(StringBuilder words, List<Piece> pieces) {
    if (!words.isEmpty()) {
      pieces.add(new Piece.Words(words.toString()));
      words.setLength(0);
    }
  }

  private static ProblemException bad(String file, String item, String what, String text) {
    String shown = text.length() <= 40 ? text : text.substring(0, 37) + "...";
    return PathError.BAD_TEMPLATE.at(file, item, what, shown);
  }

  /** The names of its slots. */
  public SortedSet<String> slots() {
    SortedSet<String> names = new TreeSet<>();
    for (Piece piece : pieces) {
      if (piece instanceof Piece.Slot(String name)) {
        names.add(name);
      }
    }
    return names;
  }

  /** The text with its slots filled; slots that are not among the fillings stay pieces. */
  public List<Piece> fill(Map<String, String> fillings) {
    List<Piece> filled = new ArrayList<>();
    StringBuilder words = new StringBuilder();
    for (Piece piece : pieces) {
      switch (piece) {
        case Piece.Words(String text) -> words.append(text);
        case Piece.Slot(String name) -> {
          String filling = fillings.get(name);
          if (filling == null) {
            addWords(words, filled);
            filled.add(piece);
          } else {
            words.append(filling);
          }
        }
      }
    }
    addWords(words, filled);
    return filled;
  }
}
