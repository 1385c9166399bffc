package org.m4fw.quantizer;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.DType;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Symmetry;
import org.m4fw.graph.ir.Weight;
import org.m4fw.graph.ir.WeightPlan;
import org.m4fw.graph.ir.WeightPlan.Choice;
import org.m4fw.targets.EncodingSupport;
import org.m4fw.targets.Target;

/**
 * Decides how each weight is stored:
 *
 * <ul>
 *   <li>linear layers as the scheme says;
 *   <li>embedding and head in eight bits where the scheme has four, as few of their many rows are
 *       trained well enough to bear less, and every token passes through them;
 *   <li>convolutions in F16 where the scheme is that, as they are half of what makes images;
 *   <li>normalization gains, biases, positions and the like as they come, as they are small, and
 *       convolutions, as no runtime reads them in fewer bits; BF16, which few compute with, becomes
 *       F32;
 *   <li>blocks that short rows would leave half empty become smaller ones where that takes less;
 *   <li>what a target does not take, or the shape does not allow, becomes the closest thing that
 *       both do.
 * </ul>
 *
 * Every choice has a reason in words. A weight that comes quantized keeps its encoding; a plan that
 * would change it is refused.
 */
public final class PlanMaker {
  /** The reason of what a user wants for single weights. */
  public static final String OVERRIDE = "override";

  private static final Encoding F32 = new Encoding.Plain(DType.F32);
  private static final Encoding F16 = new Encoding.Plain(DType.F16);
  private static final Encoding INT8 = new Encoding.Int8PerChannel();

  private final Optional<Target> target;

  private PlanMaker(Optional<Target> target) {
    this.target = target;
  }

  /**
   * The plan for a model.
   *
   * @param weights all of them
   * @param scheme empty to keep every weight as it comes, apart from overrides
   * @param target whose limits hold, if it is for one
   * @throws org.m4fw.base.problem.ProblemException with a {@link QuantizerError} if an override
   *     cannot be done or a weight that comes quantized would need another encoding
   */
  public static WeightPlan plan(
      Collection<Weight> weights,
      Optional<Scheme> scheme,
      Overrides overrides,
      Optional<Target> target) {
    PlanMaker maker = new PlanMaker(target);
    SortedMap<String, Encoding> wanted = overrides.resolve(weights);
    SortedMap<String, Choice> choices = new TreeMap<>();
    for (Weight weight : weights) {
      Encoding override = wanted.get(weight.name());
      Choice choice =
          override == null
              ? maker.choose(weight, scheme)
              : maker.override(weight, override, overrides);
      if (weight.source() instanceof Weight.Source.Quantized source) {
        WeightEncoder.requireSame(weight, source, choice.encoding());
      }
      choices.put(weight.name(), choice);
    }
    return new WeightPlan(choices);
  }

  /** The symmetric quantized encodings that the shape of a matrix and a target allow. */
  public static List<Encoding> quantizedChoices(Weight weight, Optional<Target> target) {
    return Encodings.all().stream()
        .filter(
            encoding ->
                switch (encoding) {
                  case Encoding.Plain plain -> false;
                  case Encoding.Int8PerChannel int8 -> true;
                  case Encoding.Int4Blocks int4 -> int4.symmetry() == Symmetry.SYMMETRIC;
                })
        .filter(encoding -> target.map(t -> takes(t, encoding, weight)).orElse(true))
        .toList();
  }

  private Choice choose(Weight weight, Optional<Scheme> scheme) {
    if (scheme.isPresent()) {
      Choice ideal = ideal(weight, scheme.get());
      return Weights.staysPlain(weight) ? ideal : limited(weight, economical(weight, ideal));
    }
    Encoding encoding = Weights.stored(weight);
    return encoding instanceof Encoding.Plain
        ? new Choice(encoding, "as in the checkpoint")
        : limited(weight, new Choice(encoding, "quantized in the checkpoint"));
  }

  /** What the weight gets where nothing stands against it. */
  private Choice ideal(Weight weight, Scheme scheme) {
    if (scheme.encoding().equals(F32)) {
      return new Choice(F32, "scheme");
    }
    return switch (weight.role()) {
      case LINEAR -> new Choice(scheme.encoding(), "scheme");
      case EMBEDDING, HEAD ->
          scheme.encoding() instanceof Encoding.Int4Blocks
              ? new Choice(INT8, "embeddings and heads keep 8 bits")
              : new Choice(scheme.encoding(), "scheme");
      case NORM, BIAS, PARAMETER -> asItComes(weight, "small");
      case CONVOLUTION ->
          target.isPresent() && isInteger(target.get(), weight, scheme)
              ? new Choice(
                  INT8, "scheme; %s computes in whole numbers".formatted(target.get().id()))
              : scheme.encoding().equals(F16)
                  ? new Choice(F16, "scheme")
                  : asItComes(weight, "convolution");
    };
  }

  /** Whether a target convolves in whole numbers, and eight bits are wanted. */
  private static boolean isInteger(Target target, Weight weight, Scheme scheme) {
    return target.activations().filter(a -> a.operators().contains("Conv")).isPresent()
        && scheme.encoding().equals(INT8)
        && weight.shape().rank() >= 2
        && takes(target, INT8, weight);
  }

  /** Blocks that short rows would leave half empty give way to smaller ones that take less. */
  private Choice economical(Weight weight, Choice choice) {
    if (weight.shape().rank() != 2) {
      return choice;
    }
    Encoding least =
        Encodings.all().stream()
            .filter(encoding -> sameFamily(encoding, choice.encoding()))
            .filter(encoding -> symmetric(encoding) == symmetric(choice.encoding()))
            .filter(encoding -> block(encoding) <= block(choice.encoding()))
            .filter(encoding -> target.map(t -> takes(t, encoding, weight)).orElse(true))
            .min(
                Comparator.comparingLong((Encoding e) -> bytes(weight, e))
                    .thenComparingInt(e -> -block(e)))
            .orElse(choice.encoding());
    return bytes(weight, least) >= bytes(weight, choice.encoding())
        ? choice
        : new Choice(
            least,
            "%s, as %s would pad rows of %d to more bytes"
                .formatted(least.id(), choice.encoding().id(), weight.shape().dim(1)));
  }

  private static long bytes(Weight weight, Encoding encoding) {
    return encoding.bytes(weight.shape());
  }

  private static Choice asItComes(Weight weight, String cause) {
    return Weights.comesAs(weight, DType.BF16)
        ? new Choice(F32, cause + "; bf16 becomes f32, exactly")
        : new Choice(Weights.stored(weight), cause + "; kept as it is");
  }

  private Choice override(Weight weight, Encoding encoding, Overrides overrides) {
    Choice wanted = new Choice(encoding, OVERRIDE);
    if (Weights.staysPlain(weight)) {
      if (!(encoding instanceof Encoding.Plain)) {
        throw overrides.impossible(
            weight, encoding, "a %s is no matrix of a linear layer".formatted(role(weight)));
      }
      return wanted;
    }
    return limited(weight, wanted);
  }

  private static String role(Weight weight) {
    return switch (weight.role()) {
      case EMBEDDING -> "embedding";
      case LINEAR -> "linear layer";
      case HEAD -> "head";
      case NORM -> "normalization gain";
      case BIAS -> "bias";
      case CONVOLUTION -> "convolution";
      case PARAMETER -> "parameter";
    };
  }

  /** The same, or the closest that the shape and the target allow. */
  private Choice limited(Weight weight, Choice choice) {
    Choice possible = choice;
    if (choice.encoding() instanceof Encoding.Int4Blocks && weight.shape().rank() != 2) {
      possible =
          new Choice(INT8, "int8, as int4 needs a matrix and the shape is " + weight.shape());
    }
    Choice shaped = possible;
    return target.map(t -> fit(weight, shaped, t)).orElse(shaped);
  }

  private static Choice fit(Weight weight, Choice choice, Target target) {
    Optional<Encoding> taken = closest(weight, choice.encoding(), target);
    if (taken.isPresent() && taken.get().equals(choice.encoding())) {
      return choice;
    }
    Encoding instead =
        taken
            .or(() -> closest(weight, INT8, target))
            .or(() -> closest(weight, F16, target))
            .orElse(F32);
    boolean known = target.encoding(choice.encoding().id()).isPresent();
    String cause =
        known
            ? "%s takes no %s of shape %s"
                .formatted(target.id(), choice.encoding().id(), weight.shape())
            : "%s takes no %s".formatted(target.id(), choice.encoding().id());
    return new Choice(instead, "%s, as %s".formatted(instead.id(), cause));
  }

  /** The encoding of the same family that the target takes for this shape, if there is one. */
  private static Optional<Encoding> closest(Weight weight, Encoding wanted, Target target) {
    return Encodings.all().stream()
        .filter(encoding -> sameFamily(encoding, wanted))
        .filter(encoding -> takes(target, encoding, weight))
        .min(
            Comparator.comparing((Encoding e) -> symmetric(e) != symmetric(wanted))
                .thenComparingInt(e -> Math.abs(block(e) - block(wanted)))
                .thenComparingInt(PlanMaker::block));
  }

  private static boolean sameFamily(Encoding a, Encoding b) {
    return a.equals(b) || (block(a) > 0 && block(b) > 0);
  }

  private static boolean symmetric(Encoding encoding) {
    return !(encoding instanceof Encoding.Int4Blocks int4) || int4.symmetry() == Symmetry.SYMMETRIC;
  }

  private static int block(Encoding encoding) {
    return encoding instanceof Encoding.Int4Blocks int4 ? int4.block() : 0;
  }

  private static boolean takes(Target target, Encoding encoding, Weight weight) {
    if (weight.role() == Weight.Role.EMBEDDING
        && block(encoding) > 0
        && (weight.shape().dim(1) % block(encoding) != 0 || !symmetric(encoding))) {
      // Rows are looked up in whole blocks, and without zero points.
      return false;
    }
    return target
        .encoding(encoding.id())
        .map(EncodingSupport::layout)
        .filter(
            layout -> Relayout.obstacle(weight.shape(), encoding, Layout.valueOf(layout)).isEmpty())
        .isPresent();
  }
}
