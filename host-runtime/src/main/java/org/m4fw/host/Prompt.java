package org.m4fw.host;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What a decoder is to continue: tokens, and vectors between them where it takes them.
 *
 * @param pieces in their order
 */
public record Prompt(List<Piece> pieces) {
  public Prompt {
    pieces = List.copyOf(pieces);
  }

  /** A part of a prompt. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  public sealed interface Piece {
    /** Tokens. */
    record Tokens(long[] ids) implements Piece {}

    /**
     * Vectors in the place of tokens.
     *
     * @param values [count, width], row-major
     */
    record Vectors(float[] values) implements Piece {}
  }

  /** Tokens only. */
  public static Prompt of(long... ids) {
    return new Prompt(List.of(new Piece.Tokens(ids)));
  }

  /** How many positions it takes in a decoder of that width. */
  int length(int width) {
    return pieces.stream()
        .mapToInt(
            piece ->
                switch (piece) {
                  case Piece.Tokens(long[] ids) -> ids.length;
                  case Piece.Vectors(float[] values) -> values.length / width;
                })
        .sum();
  }

  /** Its tokens, without what is none. */
  List<Long> ids() {
    return pieces.stream()
        .flatMap(
            piece ->
                switch (piece) {
                  case Piece.Tokens(long[] ids) -> LongStream.of(ids).boxed();
                  case Piece.Vectors vectors -> Stream.<Long>empty();
                })
        .toList();
  }

  /** Feeds it to a run of one sequence; gives the scores of the last piece. */
  Logits feed(DecoderRun run) {
    if (pieces.isEmpty()) {
      throw HostError.NO_TOKENS.at("prompt", "");
    }
    for (Piece piece : pieces.subList(0, pieces.size() - 1)) {
      feed(run, piece);
    }
    return feed(run, pieces.getLast());
  }

  private static Logits feed(DecoderRun run, Piece piece) {
    return switch (piece) {
      case Piece.Tokens(long[] ids) -> run.feed(ids);
      case Piece.Vectors(float[] values) -> run.feedVectors(values);
    };
  }
}
