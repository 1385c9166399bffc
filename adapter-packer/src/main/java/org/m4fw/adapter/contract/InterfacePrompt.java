package org.m4fw.adapter.contract;

import java.util.Locale;

/**
 * A place in front of the user's own input that an adapter may fill.
 *
 * @param module the part of the component that reads it: {@code decoder}, {@code text}
 * @param kind what is put there
 * @param maxTokens the most that it takes, in tokens; the user's own come on top and share the
 *     module's context
 * @param layers whose caches are filled; 1 for the other kinds
 * @param heads of a layer's keys, and of its values; 1 for the other kinds
 * @param width of a head, of a vector; 1 for text
 */
public record InterfacePrompt(
    String module, Kind kind, long maxTokens, long layers, long heads, long width) {

  /** What stands in front. */
  public enum Kind {
    /** Words, as a prompt of the task. */
    TEXT,
    /** A vector in the place of each token's own: prompt tuning, P-tuning. */
    VECTORS,
    /** Keys and values of every layer: prefix tuning. */
    CACHE;

    /** As records spell it. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One of words. */
  public static InterfacePrompt text(String module, long maxTokens) {
    return new InterfacePrompt(module, Kind.TEXT, maxTokens, 1, 1, 1);
  }

  /** One of vectors. */
  public static InterfacePrompt vectors(String module, long maxTokens, long width) {
    return new InterfacePrompt(module, Kind.VECTORS, maxTokens, 1, 1, width);
  }

  /** How many numbers stand for a token. */
  public long numbers() {
    return switch (kind) {
      case TEXT -> 1;
      case VECTORS -> width;
      case CACHE -> 2 * layers * heads * width;
    };
  }

  /** What tells it from the others of an interface. */
  public String name() {
    return module + " " + kind.id();
  }
}
