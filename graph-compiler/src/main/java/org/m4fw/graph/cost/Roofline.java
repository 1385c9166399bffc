package org.m4fw.graph.cost;

import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.targets.Figure;
import org.m4fw.targets.FigureName;
import org.m4fw.targets.FloatType;
import org.m4fw.targets.Target;

/**
 * How long a machine takes: the longer of computing and of reading from memory, as both can go on
 * at once (Williams et al., "Roofline", 2009), from the figures of its target file. Two operations
 * are a multiply-accumulate.
 */
public final class Roofline {
  private static final double OPERATIONS = 2;
  private static final double NANO = 1e-9;
  private static final double MILLI = 1e-3;

  private final Target target;

  public Roofline(Target target) {
    this.target = target;
  }

  /** In which numbers a graph is computed. */
  public enum Arithmetic {
    FLOAT32(FigureName.FLOAT32_PEAK, FigureName.FLOAT32_SUSTAINED),
    FLOAT16(FigureName.FLOAT16_PEAK, FigureName.FLOAT16_SUSTAINED),
    INT8(FigureName.INT8_PEAK, FigureName.INT8_SUSTAINED);

    private final FigureName peak;
    private final FigureName sustained;

    Arithmetic(FigureName peak, FigureName sustained) {
      this.peak = peak;
      this.sustained = sustained;
    }
  }

  /** What a run has to wait for. */
  public enum Limit {
    COMPUTING,
    MEMORY,
    UNKNOWN
  }

  /**
   * The time of a run.
   *
   * @param least in seconds; nothing is faster. Empty if no figure of the target says anything
   * @param limit what that comes from
   * @param expected in seconds, by rates that were measured; empty if there are none
   */
  public record Time(OptionalDouble least, Limit limit, OptionalDouble expected) {
    /** Both, one after the other. */
    public Time and(Time other) {
      boolean longer = other.least.orElse(0) > least.orElse(0);
      return new Time(
          sum(least, other.least), longer ? other.limit : limit, sum(expected, other.expected));
    }

    /** So many in a row. */
    public Time times(long count) {
      return new Time(scaled(least, count), limit, scaled(expected, count));
    }

    private static OptionalDouble sum(OptionalDouble a, OptionalDouble b) {
      return a.isPresent() && b.isPresent()
          ? OptionalDouble.of(a.getAsDouble() + b.getAsDouble())
          : OptionalDouble.empty();
    }

    private static OptionalDouble scaled(OptionalDouble value, long count) {
      return value.isPresent()
          ? OptionalDouble.of(value.getAsDouble() * (double) count)
          : OptionalDouble.empty();
    }
  }

  /**
   * The arithmetic in which the target runs a graph.
   *
   * @param quantized whether the weights of its linear layers are
   */
  public Arithmetic arithmetic(boolean quantized) {
    boolean eightBitActivations = quantized && target.runtime().accuracyLevel() == 4;
    if (target.activations().isPresent() || eightBitActivations) {
      return Arithmetic.INT8;
    }
    return target.runtime().arithmetic() == FloatType.FLOAT32
        ? Arithmetic.FLOAT32
        : Arithmetic.FLOAT16;
  }

  /**
   * The time of a run.
   *
   * @param cuts how often it goes over to another processor and back
   */
  public Time time(Work work, Arithmetic arithmetic, int cuts) {
    OptionalDouble computing = computing(work, arithmetic.peak);
    OptionalDouble reading = over((double) work.bytes(), FigureName.MEMORY_BANDWIDTH);
    double cut = cuts * value(FigureName.PARTITION_COST).orElse(0) * NANO;
    Limit limit =
        computing.isEmpty() && reading.isEmpty()
            ? Limit.UNKNOWN
            : computing.orElse(0) > reading.orElse(0) ? Limit.COMPUTING : Limit.MEMORY;
    OptionalDouble least =
        limit == Limit.UNKNOWN
            ? OptionalDouble.empty()
            : OptionalDouble.of(Math.max(computing.orElse(0), reading.orElse(0)) + cut);
    return new Time(least, limit, expected(work, arithmetic, cut));
  }

  private OptionalDouble expected(Work work, Arithmetic arithmetic, double cut) {
    OptionalDouble computing = computing(work, arithmetic.sustained);
    OptionalDouble measured = over((double) work.bytes(), FigureName.MEMORY_BANDWIDTH_SUSTAINED);
    OptionalDouble reading =
        measured.isPresent() ? measured : over((double) work.bytes(), FigureName.MEMORY_BANDWIDTH);
    return computing.isPresent() && reading.isPresent()
        ? OptionalDouble.of(Math.max(computing.getAsDouble(), reading.getAsDouble()) + cut)
        : OptionalDouble.empty();
  }

  /** The energy of so many seconds, in joules, if the target file has a power. */
  public OptionalDouble energy(OptionalDouble seconds) {
    OptionalDouble power = value(FigureName.POWER);
    return seconds.isPresent() && power.isPresent()
        ? OptionalDouble.of(seconds.getAsDouble() * power.getAsDouble() * MILLI)
        : OptionalDouble.empty();
  }

  private OptionalDouble computing(Work work, FigureName rate) {
    return work.macs().isPresent()
        ? over(OPERATIONS * (double) work.macs().getAsLong(), rate)
        : OptionalDouble.empty();
  }

  private OptionalDouble over(double amount, FigureName rate) {
    OptionalDouble perSecond = value(rate);
    return perSecond.isPresent()
        ? OptionalDouble.of(amount / perSecond.getAsDouble())
        : OptionalDouble.empty();
  }

  private OptionalDouble value(FigureName name) {
    Optional<Figure> figure = target.figure(name);
    return figure.isPresent()
        ? OptionalDouble.of((double) figure.get().value())
        : OptionalDouble.empty();
  }
}
