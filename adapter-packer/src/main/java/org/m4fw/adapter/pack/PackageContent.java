package org.m4fw.adapter.pack;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.answer.CarriedAnswers;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.contract.CarriedScores;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.digest.Digest;
import tools.jackson.databind.JsonNode;

/**
 * What the manifest of a package says beside id, version and sections.
 *
 * @param points sorted by name
 * @param heads the weights that it replaces, sorted by name
 * @param maker what whoever made it says about it
 * @param answerLimit how far answers on another base may be from the recorded ones: mean KL
 *     divergence in nats; empty for a package that was never bound
 * @param carried empty for an adapter that was trained on its base
 */
public record PackageContent(
    AdapterClaim.Base base,
    PackageMethod method,
    List<Point> points,
    List<Head> heads,
    Maker maker,
    OptionalDouble answerLimit,
    Optional<Carried> carried) {
  public PackageContent {
    points = List.copyOf(points);
    heads = List.copyOf(heads);
  }

  /**
   * What the maker states.
   *
   * @param developer who answers for it
   * @param licence an SPDX expression
   * @param task what the adapter is for, a JSON object without floats that only applications read
   */
  public record Maker(
      Optional<String> developer, Optional<String> licence, Optional<JsonNode> task) {}

  /** An SPDX expression, if it was stated. */
  public Optional<String> licence() {
    return maker.licence();
  }

  /** What it is for, if it was stated. */
  public Optional<JsonNode> task() {
    return maker.task();
  }

  /**
   * Where an adapter that was carried over comes from.
   *
   * @param from the id of the package that it was made of
   * @param method such as {@code compensated}
   * @param scores how it did on a text, if that was measured
   * @param answers how far it answers as the package that it was made of; empty if that one had no
   *     known answers, or they are of another vocabulary
   */
  public record Carried(
      Digest from,
      String method,
      Optional<CarriedScores> scores,
      Optional<CarriedAnswers> answers) {}

  /**
   * One layer that the adapter changes.
   *
   * @param table whether it is a table of embeddings with {@code in} rows
   * @param kernel sizes of a convolution's kernel; empty for all else
   */
  public record Point(
      String name, long in, long out, int rank, double alpha, boolean table, List<Long> kernel) {
    public Point {
      kernel = List.copyOf(kernel);
    }

    /** A layer. */
    public Point(String name, long in, long out, int rank, double alpha) {
      this(name, in, out, rank, alpha, false, List.of());
    }

    static Point of(LoraPair pair) {
      return new Point(
          pair.point().name(),
          pair.point().in(),
          pair.point().out(),
          pair.rank(),
          pair.alpha(),
          pair.table(),
          pair.point().kernel());
    }

    /** One that is like it in all but its name. */
    Point named(String other) {
      return new Point(other, in, out, rank, alpha, table, kernel);
    }
  }

  /** One weight that the adapter replaces. */
  public record Head(String name, List<Long> shape) {
    public Head {
      shape = List.copyOf(shape);
    }
  }

  /** What it takes to run it. */
  public PackageResources resources() {
    return PackageResources.of(points, heads, method);
  }
}
