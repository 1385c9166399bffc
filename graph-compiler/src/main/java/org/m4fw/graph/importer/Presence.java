package org.m4fw.graph.importer;

import java.util.Optional;
import org.m4fw.graph.ir.ElementType;

/**
 * Which tokens, frames or samples there are, in a graph that has room for more. What is not there
 * is zero wherever a layer looks beyond a position of its own, as is what lies beyond the end of a
 * sequence without spare room: what is there comes out the same, whatever the room.
 *
 * @param row [B, 1, L], 1, or 0 where nothing is; empty if there is no room to spare
 * @param closed [B, 1, 1, L], what is added to scores so that nobody looks where nothing is
 */
record Presence(Layers layers, Optional<String> row, Optional<String> closed) {
  /** As {@link org.m4fw.graph.ir.Operator.CausalMask} closes positions. */
  private static final long CLOSED = 30_000;

  /** All room is taken. */
  static Presence everywhere(Layers layers) {
    return new Presence(layers, Optional.empty(), Optional.empty());
  }

  /**
   * As a mask says.
   *
   * @param mask [B, S], whole numbers: 1, or 0 where no token is
   */
  static Presence ofTokens(Layers layers, String mask) {
    Primitives to = new Primitives(layers.graph());
    String row = to.unsqueeze(mask + ".row", mask, 1);
    String missing = to.op("Sub", mask + ".missing", row, to.scalar(1));
    String far = to.op("Mul", mask + ".far", missing, to.scalar(CLOSED));
    String scores = to.unsqueeze(mask + ".scores", far, 1);
    return new Presence(
        layers,
        Optional.of(to.cast(mask + ".there", row, ElementType.FLOAT32)),
        Optional.of(to.cast(mask + ".closed", scores, ElementType.FLOAT32)));
  }

  /**
   * As a row says.
   *
   * @param row [B, 1, L]
   */
  static Presence of(Layers layers, String row) {
    return new Presence(layers, Optional.of(row), Optional.empty());
  }

  /** A value [B, channels, L] with zeros where nothing is. */
  String only(String value) {
    return row.map(there -> layers.multiply(value + ".there", value, there)).orElse(value);
  }

  /** Scores [B, heads, S, L] by which nobody looks where nothing is. */
  String seen(String name, String scores) {
    return closed.map(mask -> layers.add(name, scores, mask)).orElse(scores);
  }

  /**
   * The same with every position as many times, and one more.
   *
   * @param oneMore whether there is one more
   */
  Presence stretched(String name, int times, boolean oneMore) {
    return new Presence(
        layers,
        row.map(
            there ->
                oneMore
                    ? longer(name, repeated(name + ".repeated", there, times))
                    : repeated(name, there, times)),
        Optional.empty());
  }

  /** As something is there, the first position is. */
  private String longer(String name, String there) {
    Primitives to = new Primitives(layers.graph());
    return layers.concat(name, 2, to.slice(name + ".first", there, 2, 0, 1), there);
  }

  private String repeated(String name, String there, int times) {
    Primitives to = new Primitives(layers.graph());
    String column = to.unsqueeze(name + ".column", there, 3);
    String each = to.op("Mul", name + ".each", column, to.ones(times));
    return layers.reshape(name, each, 0, 1, -1);
  }
}
