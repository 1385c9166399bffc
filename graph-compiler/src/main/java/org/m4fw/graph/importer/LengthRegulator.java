package org.m4fw.graph.importer;

import java.util.Map;
import java.util.function.UnaryOperator;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Operator.Attribute;

/**
 * Stretches tokens to frames: a frame belongs to the token in whose time it lies. Whole numbers are
 * counted in float32, which is exact up to 2²⁴ frames, in any arithmetic.
 */
record LengthRegulator(Primitives to, String path) {

  /**
   * Which frames there are.
   *
   * @param tokens [B, S, T], 1 where the frame belongs to the token
   * @param mask [B, 1, T], 0 where a shorter text of the batch has no frames any more
   */
  record Frames(String tokens, String mask) {}

  /**
   * The frames of durations.
   *
   * @param durations [B, 1, S], whole numbers
   */
  Frames frames(String durations) {
    return frames(durations, this::numbers);
  }

  /**
   * The frames of durations, in the room that there is.
   *
   * @param numbers whole, 0, 1, … [T]; enough for the longest text of the batch
   */
  Frames framesAmong(String durations, String numbers) {
    return frames(durations, totals -> numbers);
  }

  /** The numbers of the frames that durations take, 0, 1, … [T], whole. */
  String needed(String durations) {
    return numbers(totals(counts(durations)));
  }

  private String counts(String durations) {
    return to.wide(name("counts"), durations);
  }

  private String totals(String counts) {
    return to.sum(name("totals"), counts, 2, true);
  }

  /**
   * @param numbered the numbers of frames, of how many each text takes
   */
  private Frames frames(String durations, UnaryOperator<String> numbered) {
    String counts = counts(durations);
    String ends = column("ends", to.cumulativeSum(name("ends.row"), counts, 2));
    String starts = to.op("Sub", name("starts"), ends, column("lengths", counts));
    String totals = totals(counts);
    String frames = to.wide(name("frames"), numbered.apply(totals));
    String begun = to.op("GreaterOrEqual", name("begun"), frames, starts);
    String going = to.op("Less", name("going"), frames, ends);
    String owned = to.op("And", name("owned"), begun, going);
    String there = to.op("Less", name("there"), frames, totals);
    return new Frames(
        to.cast(name("tokens"), owned, ElementType.FLOAT32),
        to.cast(name("mask"), there, ElementType.FLOAT32));
  }

  /** 0, 1, … for the longest text of the batch, but at least one frame: [T]. */
  private String numbers(String totals) {
    String longest =
        to.op("ReduceMax", Map.of("keepdims", new Attribute.Int(0)), name("longest"), totals);
    String count = to.cast(name("longest.count"), longest, ElementType.INT64);
    String some = to.op("Max", name("count"), count, to.scalar(1));
    return to.op("Range", name("numbers"), to.scalar(0), some, to.scalar(1));
  }

  /** [B, 1, S] to [B, S, 1]. */
  private String column(String what, String row) {
    return to.op(
        "Transpose",
        Map.of("perm", new Attribute.Ints(java.util.List.of(0L, 2L, 1L))),
        name(what),
        row);
  }

  private String name(String what) {
    return path + "." + what;
  }
}
