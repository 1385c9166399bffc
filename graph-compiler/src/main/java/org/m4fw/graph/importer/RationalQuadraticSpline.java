package org.m4fw.graph.importer;

import java.util.Map;
import org.m4fw.graph.ir.ElementType;
import org.m4fw.graph.ir.Operator.Attribute;

/**
 * The inverse of a monotonic piecewise rational-quadratic function within ± a bound, the identity
 * outside. Source: Durkan et al., "Neural Spline Flows" (2019), section 3.1 and appendix A.1; the
 * names of the values are those of its formulas in words.
 *
 * <p>Every element has a spline of its own: its parameters lie along the second axis.
 *
 * @param path that the names of all values start with
 */
record RationalQuadraticSpline(Primitives to, String path, int bins, double bound) {
  private static final double MIN_SIZE = 1e-3;
  private static final double MIN_SLOPE = 1e-3;

  /** The bins along one direction, [B, bins, S] each. */
  private record Bins(String start, String size) {}

  /**
   * The inverse, [B, 1, S].
   *
   * @param y [B, 1, S]
   * @param widths of the bins, [B, bins, S], before the softmax
   * @param heights of the bins, likewise
   * @param slopes at the corners between bins, [B, bins − 1, S], before the softplus
   */
  String inverse(String y, String widths, String heights, String slopes) {
    String inside = to.op("Clip", name("inside"), y, to.real(-bound), to.real(bound));
    Bins across = bins("across", widths);
    Bins up = bins("up", heights);
    String bin = bin(inside, up.start());
    String rise = at("rise", to.op("Div", name("rises"), up.size(), across.size()), bin);
    String height = at("height", up.size(), bin);
    String above = to.op("Sub", name("above"), inside, at("bottom", up.start(), bin));
    String share = share(above, height, rise, slopes(slopes), bin);
    String offset = to.op("Mul", name("offset"), share, at("width", across.size(), bin));
    String x = to.op("Add", name("x"), offset, at("left", across.start(), bin));
    return to.op("Where", name("inverse"), to.op("Equal", name("bounded"), inside, y), x, y);
  }

  /** Sizes that fill ±bound, none smaller than the least, and where each bin starts. */
  private Bins bins(String direction, String sizes) {
    String shares = to.softmax(name(direction + ".softmax"), sizes, 1);
    String spread = to.op("Mul", name(direction + ".spread"), shares, to.real(1 - MIN_SIZE * bins));
    String atLeast = to.op("Add", name(direction + ".shares"), spread, to.real(MIN_SIZE));
    String ends = to.cumulativeSum(name(direction + ".ends"), atLeast, 1);
    String between = to.slice(name(direction + ".between"), ends, 1, 0, bins - 1L);
    String stretched = to.op("Mul", name(direction + ".stretched"), between, to.real(2 * bound));
    String inner = to.op("Sub", name(direction + ".inner"), stretched, to.real(bound));
    String starts = to.border(name(direction + ".starts"), inner, true, -bound);
    String stops = to.border(name(direction + ".stops"), inner, false, bound);
    return new Bins(starts, to.op("Sub", name(direction + ".sizes"), stops, starts));
  }

  /** Slopes at all corners, [B, bins + 1, S]: 1 at both ends, where the identity follows. */
  private String slopes(String inner) {
    String positive = to.op("Softplus", name("slopes.softplus"), inner);
    String atLeast = to.op("Add", name("slopes.inner"), positive, to.real(MIN_SLOPE));
    return to.border(name("slopes"), to.border(name("slopes.started"), atLeast, true, 1), false, 1);
  }

  /** The number of the bin, [B, 1, S]: one less than how many start at or below. */
  private String bin(String y, String starts) {
    String reached = to.op("GreaterOrEqual", name("bin.reached"), y, starts);
    String ones = to.cast(name("bin.ones"), reached, ElementType.INT64);
    String count = to.sum(name("bin.count"), ones, 1, true);
    return to.op("Sub", name("bin"), count, to.scalar(1));
  }

  private String at(String what, String values, String bin) {
    return to.op("GatherElements", Map.of("axis", new Attribute.Int(1)), name(what), values, bin);
  }

  /** How far along its bin x lies: the root of a·share² + b·share = rise·above in 0 to 1. */
  private String share(String above, String height, String rise, String slopes, String bin) {
    String left = at("slope.left", slopes, bin);
    String after = to.op("Add", name("bin.after"), bin, to.scalar(1));
    String right = at("slope.right", slopes, after);
    String bend =
        to.op(
            "Sub",
            name("bend"),
            to.op("Add", name("slope.sum"), left, right),
            to.op("Mul", name("rise.twice"), rise, to.real(2)));
    String bent = to.op("Mul", name("bent"), above, bend);
    String steeper = to.op("Sub", name("steeper"), rise, left);
    String a = to.op("Add", name("a"), to.op("Mul", name("a.straight"), height, steeper), bent);
    String b = to.op("Sub", name("b"), to.op("Mul", name("b.straight"), height, left), bent);
    String constant = to.op("Mul", name("c"), rise, above);
    String product = to.op("Mul", name("a.c"), a, constant);
    String discriminant =
        to.op(
            "Add",
            name("discriminant"),
            to.op("Mul", name("b.square"), b, b),
            to.op("Mul", name("a.c.four"), product, to.real(4)));
    // Never negative but for rounding.
    String root = to.op("Sqrt", name("root"), to.op("Relu", name("radicand"), discriminant));
    return to.op(
        "Div",
        name("share"),
        to.op("Mul", name("c.twice"), constant, to.real(2)),
        to.op("Add", name("denominator"), b, root));
  }

  private String name(String what) {
    return path + "." + what;
  }
}
