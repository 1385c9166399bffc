package org.m4fw.quantizer.activation;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.m4fw.graph.ir.ActivationPlan.Stored;

/**
 * How the range of a value is chosen from what calibration saw of it. A narrower range has finer
 * steps and clamps more.
 */
public sealed interface Observer {
  /** All of them, by the names that the command line knows. */
  List<Observer> ALL =
      List.of(new MinMax(), new Percentile(99.99), new MeanSquaredError(), new MovingAverage());

  /** The one where none is named: the best for the trained model that all were tried on. */
  static Observer standard() {
    return new MovingAverage();
  }

  /** As on the command line: {@code minmax}. */
  String id();

  /** The range, never beyond what was seen and always with zero in it. */
  Range choose(ValueStatistics seen, boolean symmetric);

  /**
   * The observer of that name.
   *
   * @param file where it is asked for, for messages; may be empty
   * @param where the option or field there
   * @throws org.m4fw.base.problem.ProblemException with {@link ActivationError#UNKNOWN_OBSERVER}
   */
  static Observer parse(String file, String where, String id) {
    return ALL.stream()
        .filter(observer -> observer.id().equals(id.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                ActivationError.UNKNOWN_OBSERVER.at(
                    file,
                    where,
                    id,
                    ALL.stream().map(Observer::id).collect(Collectors.joining(", "))));
  }

  /** Everything that was seen: nothing is clamped. */
  record MinMax() implements Observer {
    @Override
    public String id() {
      return "minmax";
    }

    @Override
    public Range choose(ValueStatistics seen, boolean symmetric) {
      return Range.holding(seen.min(), seen.max());
    }
  }

  /**
   * All but the outermost numbers, as many on either side.
   *
   * @param percent how many of the numbers are to be held
   */
  record Percentile(double percent) implements Observer {
    @Override
    public String id() {
      return "percentile";
    }

    @Override
    public Range choose(ValueStatistics seen, boolean symmetric) {
      double outside = seen.count() * (100 - percent) / 200;
      int low = 0;
      for (long sum = seen.inBin(low); sum <= outside && low < ValueStatistics.BINS - 1; ) {
        low++;
        sum += seen.inBin(low);
      }
      int high = ValueStatistics.BINS - 1;
      for (long sum = seen.inBin(high); sum <= outside && high > low; ) {
        high--;
        sum += seen.inBin(high);
      }
      double half = seen.width() / 2;
      double left = Math.max(seen.min(), seen.centre(low) - half);
      double right = Math.min(seen.max(), seen.centre(high) + half);
      return Range.holding(left, right);
    }
  }

  /** The range that makes the least squared error in eight bits, of a hundred tried. */
  record MeanSquaredError() implements Observer {
    private static final int STEPS = 32;

    @Override
    public String id() {
      return "mse";
    }

    @Override
    public Range choose(ValueStatistics seen, boolean symmetric) {
      Search search = new Search(seen, symmetric);
      // Both ends together first, then each by itself.
      for (int step = 1; step <= STEPS; step++) {
        search.attempt(seen.min() * step / STEPS, seen.max() * step / STEPS);
      }
      for (int step = 1; !symmetric && step <= STEPS; step++) {
        search.attempt(seen.min() * step / STEPS, search.best.max());
      }
      for (int step = 1; !symmetric && step <= STEPS; step++) {
        search.attempt(search.best.min(), seen.max() * step / STEPS);
      }
      return search.best;
    }

    /** The best range so far. */
    private static final class Search {
      private final ValueStatistics seen;
      private final boolean symmetric;
      private Range best;
      private double least;

      Search(ValueStatistics seen, boolean symmetric) {
        this.seen = seen;
        this.symmetric = symmetric;
        this.best = Range.holding(seen.min(), seen.max());
        this.least = error(seen, best.eightBits(symmetric));
      }

      void attempt(double min, double max) {
        Range tried = Range.holding(min, max);
        double error = error(seen, tried.eightBits(symmetric));
        if (error < least) {
          least = error;
          best = tried;
        }
      }
    }

    /** Numbers within the range are off by a twelfth of a squared step, as everywhere in a step. */
    private static double error(ValueStatistics seen, Stored stored) {
      double scale = stored.scale();
      double min = (stored.smallest() - stored.zeroPoint()) * scale;
      double max = (stored.largest() - stored.zeroPoint()) * scale;
      double error = 0;
      for (int bin = 0; bin < ValueStatistics.BINS; bin++) {
        long count = seen.inBin(bin);
        if (count > 0) {
          double centre = seen.centre(bin);
          double beyond = centre - Math.clamp(centre, min, max);
          error += count * (beyond * beyond + scale * scale / 12);
        }
      }
      return error;
    }
  }

  /**
   * The mean of what single samples reach: one that goes far beyond the others counts little. Of
   * the moving averages this is the one that does not depend on the order of the samples.
   */
  record MovingAverage() implements Observer {
    @Override
    public String id() {
      return "average";
    }

    @Override
    public Range choose(ValueStatistics seen, boolean symmetric) {
      return Range.holding(seen.meanMin(), seen.meanMax());
    }
  }
}
