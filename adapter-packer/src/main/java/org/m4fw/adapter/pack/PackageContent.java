package org.m4fw.adapter.pack;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.m4fw.adapter.contract.AdapterClaim;
import org.m4fw.adapter.lora.LoraScaling;
import org.m4fw.base.digest.Digest;
import tools.jackson.databind.JsonNode;

/**
 * What the manifest of a package says beside id, version and sections.
 *
 * @param points sorted by name
 * @param licence an SPDX expression, if it was stated
 * @param task what the adapter is for, a JSON object without floats that only applications read
 * @param answerLimit how far answers on another base may be from the recorded ones: mean KL
 *     divergence in nats; empty for a package that was never bound
 * @param carried empty for an adapter that was trained on its base
 */
public record PackageContent(
    AdapterClaim.Base base,
    LoraScaling scaling,
    List<Point> points,
    Optional<String> licence,
    Optional<JsonNode> task,
    OptionalDouble answerLimit,
    Optional<Carried> carried) {
  public PackageContent {
    points = List.copyOf(points);
  }

  /**
   * Where an adapter that was carried over comes from.
   *
   * @param from the id of the package that it was made of
   * @param method such as {@code compensated}
   */
  public record Carried(Digest from, String method) {}

  /** One layer that the adapter changes. */
  public record Point(String name, long in, long out, int rank, double alpha) {}
}
